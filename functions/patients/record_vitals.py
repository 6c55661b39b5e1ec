"""Record a set of vital signs for a patient.

At least one sign. Blood pressure in mmHg (systolic above diastolic), heart rate in beats per minute, temperature in °C,
respiration in breaths per minute, oxygen saturation in %, weight in kg, height in cm; two decimal places are kept.
Values that no living person has are refused. Taken now, unless `recordedDate` says when (seed 000 §1.6).
"""

from shared.http import Context, clinicians, endpoint
from shared.patients import access_patient
from shared.patients.clinical_models import VitalsOut
from shared.patients.measures import NewVitals
from shared.patients.vitals import record, shown


@endpoint("POST /patients/{patientId}/vitals", access=clinicians, status=201)
def record_vitals(ctx: Context, patientId: str, body: NewVitals) -> VitalsOut:
    patient = access_patient(ctx, patientId, to="write")
    return shown(record(ctx, patient, body))
