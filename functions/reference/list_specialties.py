"""List the specialties.

A taxonomy: branches, specialties, subspecialties; provider search takes any of them. Ids never change, so the answer
may be kept for a day. Source: seeds 002 (hierarchical categories) and 004 §4.2.
"""

from shared.http import Cache, Context, endpoint, own_account
from shared.reference.specialties import SpecialtyTree, tree


@endpoint("GET /specialties", access=own_account, trips=1, cache=Cache(max_age=86_400, etag=True))
def list_specialties(ctx: Context) -> SpecialtyTree:
    return tree()
