"""POST /clinical-notes/{noteId}/cosign."""

import pytest

from tests.client import refused
from tests.functions.notes.proofs import asks_for_a_fresh_token, asks_for_proof
from tests.functions.patients.conftest import WRITING


@pytest.fixture(scope="module")
def senior(world, circle):
    account = world.doctor(name="Ada Senior")
    world.join_care_team(circle.patient.patient_id, account, by=circle.patient)
    return account


def test_another_doctor_cosigns(api, notes, circle, senior) -> None:
    note = notes.signed()
    answer = notes.cosign(note["id"], senior)
    assert (answer.status, answer.trips, answer["signedBy"]) == (200, 3, "Ada Senior"), answer
    read = notes.get(note["id"])
    assert [(s["kind"], s["signedBy"]["name"]) for s in read["signatures"]] == [
        ("signature", "Dora Circle"), ("cosignature", "Ada Senior"),
    ]  # fmt: skip
    assert (read["hash"], read["signedBy"]) == (note["hash"], "Dora Circle")
    refused(notes.cosign(note["id"], senior), 409, "ALREADY_DONE")
    refused(notes.cosign(note["id"], circle.doctor), 409, "ALREADY_DONE")


def test_only_what_is_signed_and_only_doctors(notes, circle, senior) -> None:
    refused(notes.cosign(notes.new()["id"], senior), 409, "NOTE_NOT_SIGNED")
    note = notes.signed()
    for who in (circle.nurse, circle.admin):
        refused(notes.cosign(note["id"], who), 403, "SIGNER_NOT_ALLOWED")
    for name, (status, reason) in WRITING.items():
        refused(notes.cosign(note["id"], getattr(circle, name)), status, reason)


def test_it_takes_password_and_code(api, world, circle, notes) -> None:
    asks_for_proof(api, world, circle, lambda: notes.signed()["id"], notes.cosign)


def test_with_an_external_provider_it_takes_a_fresh_token(cloud, world, circle, notes) -> None:
    asks_for_a_fresh_token(cloud, world, circle, lambda: notes.signed()["id"], notes.cosign)
