"""Concurrent editors lose nothing; nothing changes what is signed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.notes.documents import ClinicalNote
from tests.client import refused
from tests.functions.notes.conftest import SOAP, Notes
from tests.functions.patients.conftest import make_circle
from tests.world import PASSWORD


@pytest.fixture(scope="module")
def notes(api, world) -> Notes:
    circle = make_circle(world)
    return Notes(api, circle)


class Editor:
    """Somebody who saves as an app does: names the version they saw, and merges when it is not the latest."""

    def __init__(self, notes: Notes, who, note_id: str, number: int) -> None:
        self.api, self.path, self.number = notes.api.as_(who), f"/clinical-notes/{note_id}", number
        self.accepted: list[tuple[int, str, str]] = []
        self.refusals = 0

    def write(self, section: str, text: str, seen: int) -> int:
        """Append a line to a section; the version this made."""
        current = self.api.get(self.path).json if not seen else {"version": seen, "sections": dict(SOAP)}
        for _ in range(60):
            line = f"{current['sections'].get(section, '')}\n{text}"
            answer = self.api.put(self.path, {"version": current["version"], "sections": {section: line}})
            if answer.status == 200:
                self.accepted.append((answer["version"], section, text))
                return answer["version"]
            if answer.reason == "CONTENTION":
                continue
            refused(answer, 409, "STALE_RECORD")
            assert answer.error["submitted"]["sections"] == {section: line}, "what was sent comes back"
            self.refusals += 1
            current = answer.error["current"]
        raise AssertionError("never got through")


SECTIONS = st.sampled_from(sorted(SOAP))


@settings(max_examples=4, deadline=None)
@given(plans=st.lists(st.lists(SECTIONS, min_size=1, max_size=3), min_size=2, max_size=4))
def test_concurrent_editors_lose_nothing(notes, plans) -> None:
    circle = notes.circle
    note = notes.new(isDraft=True)
    people = [circle.doctor, circle.nurse, circle.visitor, circle.doctor]
    editors = [Editor(notes, people[n], note["id"], n) for n in range(len(plans))]
    together = threading.Barrier(len(plans))

    def work(editor: Editor, plan: list[str]) -> None:
        together.wait()
        seen = 1
        for step, section in enumerate(plan):
            # The first change is of what everybody saw, so that all but one of them are stale.
            editor.write(section, f"line {editor.number}.{step}", seen)
            seen = 0

    with ThreadPoolExecutor(len(plans)) as pool:
        for done in [pool.submit(work, editor, plan) for editor, plan in zip(editors, plans, strict=True)]:
            done.result()
    accepted = {version: (section, text) for e in editors for version, section, text in e.accepted}
    assert len(accepted) == sum(len(plan) for plan in plans), "no two writers were given the same version"
    history = notes.api.as_(circle.doctor).get(
        f"/clinical-notes/{note['id']}/versions", params={"limit": 100}
    )["data"]  # fmt: skip
    by_number = {version["version"]: version for version in history}
    assert sorted(by_number) == list(range(1, len(accepted) + 2)), "every accepted version is in the history"
    for number, (section, text) in accepted.items():
        before, after = by_number[number - 1]["sections"], by_number[number]["sections"]
        assert after == before | {section: f"{before[section]}\n{text}"}, "each changed only what it wrote"
    final = notes.get(note["id"])
    assert final["sections"] == by_number[final["version"]]["sections"]
    whole = "\n".join(final["sections"].values())
    assert all(text in whole for _, text in accepted.values()), "everything everybody wrote is in the note"


ATTEMPTS = st.sampled_from(
    ["sections", "template", "diagnoses", "private", "draft", "stale", "tag", "delete", "sign", "addendum", "cosign",
     "domain", "scribe"]
)  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(attempts=st.lists(ATTEMPTS, min_size=1, max_size=6))
def test_nothing_changes_what_is_signed(notes, cloud, attempts) -> None:
    circle = notes.circle
    note = notes.signed()
    before = notes.get(note["id"]).json
    for attempt in attempts:
        _try(notes, cloud, note["id"], attempt)
    after = notes.get(note["id"]).json
    growing = {"addenda", "signatures"}
    assert {k: v for k, v in after.items() if k not in growing} == {k: v for k, v in before.items() if k not in growing}
    assert after["signatures"][: len(before["signatures"])] == before["signatures"]
    verified = notes.api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/verify")
    assert (verified["valid"], verified["hash"], verified["computed"]) == (True, note["hash"], note["hash"])


def _try(notes: Notes, cloud, note_id: str, attempt: str) -> None:
    circle, at = notes.circle, f"/clinical-notes/{note_id}"
    doctor = notes.api.as_(circle.doctor)
    bodies = {
        "sections": {"sections": {"plan": "changed"}},
        "template": {"templateType": "apso"},
        "diagnoses": {"diagnoses": ["Flu"]},
        "private": {"privateNotes": "changed"},
        "draft": {"isDraft": True},
        "stale": {"version": 99, "sections": {"plan": "changed"}},
    }
    if attempt in bodies:
        refused(doctor.put(at, bodies[attempt]), 409, "NOTE_SIGNED")
    elif attempt == "tag":
        refused(doctor.put(at, {"sections": {"plan": "x"}}, headers={"If-Match": "*"}), 409, "NOTE_SIGNED")
    elif attempt == "delete":
        refused(notes.api.as_(circle.admin).delete(at), 409, "NOTE_SIGNED")
    elif attempt == "sign":
        refused(doctor.post(f"{at}/sign", {"password": PASSWORD}), 409, "NOTE_SIGNED")
    elif attempt == "addendum":
        assert notes.add(note_id, circle.nurse).status == 201
    elif attempt == "cosign":
        assert notes.cosign(note_id, circle.visitor).status in {200, 409}
    else:
        _through_the_domain(cloud, note_id, suggestion=attempt == "scribe")


def _through_the_domain(cloud, note_id: str, *, suggestion: bool) -> None:
    """What other parts call instead of the endpoint, as a worker without a caller."""
    from shared.config import settings as configuration
    from shared.context import Context, Trail
    from shared.errors import NoteSigned
    from shared.notes.drafts import edit
    from shared.users.documents import User

    ctx = Context(unit=cloud.unit(), settings=configuration(), trail=Trail("TEST"), request_id="test")
    note = ctx.unit.get(ClinicalNote, note_id)
    editor = ctx.unit.get(User, note.created_by)
    changes = {} if suggestion else {"diagnoses": []}
    with pytest.raises(NoteSigned):
        edit(ctx, note, {"plan": "changed"}, None, editor=editor, **changes)
    assert not ctx.unit.dirty
