"""Calls: voice and video between people who may contact each other, and the video visits of appointments."""

from shared.calls.access import access_call

__all__ = ["access_call"]
