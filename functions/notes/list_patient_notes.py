"""List a patient's clinical notes, newest first.

By template, consultation type, author, status and when they were begun; everything given must fit. Patients, and
family with the scope `records` or `health_record`, see signed notes only.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.notes.list_models import NoteRow, PatientNoteList
from shared.notes.writing import of_patient
from shared.store.query import Page


@endpoint("GET /patients/{patientId}/clinical-notes", access=signed_in, trips=3, errors=[ScopeNotGranted])
def list_patient_notes(ctx: Context, patientId: str, query: PatientNoteList) -> Page[NoteRow]:
    return of_patient(ctx, patientId, query)
