"""Read the clinical note of a visit (seed 001): the latest, where there are several."""

from shared.http import Context, endpoint, providers
from shared.notes.models import NoteOut
from shared.notes.writing import of_appointment


@endpoint("GET /provider/clinical-notes/{appointmentId}", access=providers, trips=4)
def get_appointment_note(ctx: Context, appointmentId: str) -> NoteOut:
    return of_appointment(ctx, appointmentId)
