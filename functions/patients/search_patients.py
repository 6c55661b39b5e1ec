"""Search for patients without writing about them in an address.

As GET /patients, with what is searched for in the body: words of the name or MRN, the whole MRN, telephone number, date
of birth. Everything given must fit. Where rows have to be compared one by one, `total` is a minimum, and a page may be
short although `nextCursor` leads on.
"""

from shared.http import Context, endpoint, signed_in
from shared.patients.list_models import PatientRow, PatientSearch
from shared.patients.search import Wanted, find_patients
from shared.store.query import Page


@endpoint("POST /patients/search", access=signed_in, trips=3, idempotent=False)
def search_patients(ctx: Context, body: PatientSearch) -> Page[PatientRow]:
    wanted = Wanted(body.query, body.mrn, body.phone_number, body.date_of_birth)
    return find_patients(ctx, wanted, body)
