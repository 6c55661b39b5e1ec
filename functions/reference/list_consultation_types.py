"""List the types of consultation.

`aiContextModifier` is what the AI scribe is told about such a visit. Ids never change, so the answer may be kept for
a day.
"""

from shared.http import Cache, Context, endpoint, own_account
from shared.reference.consultations import CONSULTATION_TYPES
from shared.reference.models import ConsultationTypes


@endpoint("GET /consultation-types", access=own_account, trips=1, cache=Cache(max_age=86_400, etag=True))
def list_consultation_types(ctx: Context) -> ConsultationTypes:
    return ConsultationTypes.model_validate({"data": CONSULTATION_TYPES})
