"""GET /provider/clients."""

from tests.client import refused
from tests.functions.patients.conftest import ANONYMOUS, UNVERIFIED, WRONG_ROLE
from tests.world import unique


def test_a_provider_sees_their_own_clients_as_a_bare_array(api, world) -> None:
    doctor, other = world.doctor(), world.doctor()
    for who in (doctor, other, doctor):
        made = api.as_(who).post("/provider/clients", {"email": f"{unique('c')}@example.org", "name": "A Client"})
        assert made.status == 201, made
    # On the care team, but nobody's client.
    world.record(doctor)
    answer = api.as_(doctor).get("/provider/clients")
    assert isinstance(answer.json, list)
    assert [row["providerId"] for row in answer.json] == [doctor.id] * 2
    assert answer.json[0]["id"] == made["id"]
    headers = [answer.headers[name] for name in ("X-Total-Count", "X-Page", "X-Per-Page")]
    assert headers == ["2", "1", "10"]
    second = api.as_(doctor).get("/provider/clients", params={"page": 2, "limit": 1})
    assert [row["id"] for row in second.json] == [answer.json[1]["id"]]


def test_an_administrator_sees_everybody(api, world) -> None:
    record = world.record(world.doctor())
    rows = api.as_(world.admin).get("/provider/clients", params={"limit": 5}).json
    assert record["id"] in {row["id"] for row in rows}


def test_who_may_not(api, circle) -> None:
    refused(api.get("/provider/clients"), *ANONYMOUS)
    for name in ("patient", "family"):
        refused(api.as_(getattr(circle, name)).get("/provider/clients"), *WRONG_ROLE)
    refused(api.as_(circle.unverified).get("/provider/clients"), *UNVERIFIED)
