"""Appointments: booked, moved, cancelled, attended; what follows from each of these."""
