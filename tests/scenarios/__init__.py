"""Whole stories, over several domains."""
