"""List the patients whose records the caller may open.

Newest record first. `search` finds beginnings of words of the name, in any order, and the MRN; it is seen in access
logs, so prefer POST /patients/search. Administrators see everybody; every row counts as an access (seed 000 §2.3).
"""

from shared.http import Context, endpoint, signed_in
from shared.patients.list_models import PatientList, PatientRow
from shared.patients.search import Wanted, find_patients
from shared.store.query import Page


@endpoint("GET /patients", access=signed_in, trips=3)
def list_patients(ctx: Context, query: PatientList) -> Page[PatientRow]:
    return find_patients(ctx, Wanted(text=query.search), query)
