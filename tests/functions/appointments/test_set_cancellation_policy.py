"""PUT /cancellation-policy."""

import pytest

from tests.client import refused

DEFAULT = [
    {"hoursBefore": 24.0, "feePercent": 0},
    {"hoursBefore": 2.0, "feePercent": 50},
    {"hoursBefore": 0.0, "feePercent": 100},
]


def test_it_holds_for_what_is_booked_from_then_on(api, world, practice, patient) -> None:
    before = practice.booked(patient)
    admin = api.as_(world.admin)
    changed = admin.put("/cancellation-policy", {"tiers": [{"hoursBefore": 0, "feePercent": 10}]})
    try:
        assert (changed.status, changed.trips) == (200, 2)
        after = practice.booked(patient)
        seen = [
            api.as_(patient).get(f"/appointments/{made['id']}/cancellation-preview")["tiers"]
            for made in (before, after)
        ]
        assert seen == [DEFAULT, [{"hoursBefore": 0.0, "feePercent": 10}]]
    finally:
        assert admin.put("/cancellation-policy", {"tiers": DEFAULT[::-1]})["tiers"] == DEFAULT


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        [{"hoursBefore": -1, "feePercent": 0}],
        [{"hoursBefore": 1, "feePercent": 101}],
        [{"hoursBefore": 1, "feePercent": 0}, {"hoursBefore": 1, "feePercent": 5}],
        [{"hoursBefore": 24, "feePercent": 80}, {"hoursBefore": 2, "feePercent": 20}],
    ],
)
def test_what_is_no_policy(api, world, tiers) -> None:
    refused(api.as_(world.admin).put("/cancellation-policy", {"tiers": tiers}), 400, "VALIDATION_ERROR")


def test_by_administrators_only(api, practice) -> None:
    refused(api.as_(practice.doctor).put("/cancellation-policy", {"tiers": DEFAULT}), 403, "ROLE_NOT_ALLOWED")
