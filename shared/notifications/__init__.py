"""Notifications: what they say, whom they reach on which channel, how each delivery went."""
