"""Scheduling: providers, when they work, what is free, and who has booked it."""
