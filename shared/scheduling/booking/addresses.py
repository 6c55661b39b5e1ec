"""Where visits are joined."""

from shared.scheduling.booking.documents import Appointment


def join_url(appointment: Appointment, frontend_url: str) -> str | None:
    """Our own address behind which calls open the room; none for a visit in person."""
    if not appointment.is_virtual:
        return None
    return f"{frontend_url.rstrip('/')}/appointments/{appointment.id}/join"
