"""List the templates of clinical notes.

Seven templates, each with its sections in order; ids never change, so the answer may be kept for a day.
"""

from shared.http import Cache, Context, endpoint, own_account
from shared.reference.models import Templates
from shared.reference.templates import TEMPLATES


@endpoint("GET /templates", access=own_account, trips=1, cache=Cache(max_age=86_400, etag=True))
def list_templates(ctx: Context) -> Templates:
    return Templates.model_validate({"data": TEMPLATES})
