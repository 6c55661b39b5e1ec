"""Demo profiles and hours are such as the API takes, and differ where they have to."""

from shared.scheduling.provider_bodies import ProviderUpdate
from shared.scheduling.rule_models import AvailabilityIn
from tools.demo import providers


class Doctor:
    """Somebody who keeps what is put."""

    def __init__(self, number: int) -> None:
        self.user = {"id": str(number)}
        self.kept: dict[str, object] = {}

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        if method == "PUT":
            assert path not in self.kept, "what is there is left as it is"
            self.kept[path] = body
        return {"npi": (self.kept.get("/providers/me") or {}).get("npi")}


def test_bodies_are_valid_and_made_once() -> None:
    doctors = [(Doctor(n), "urology") for n in range(23)]
    said: list[str] = []
    for _ in range(2):
        providers.seed(doctors, said.append)
    profiles = [ProviderUpdate.model_validate(doctor.kept["/providers/me"]) for doctor, _ in doctors]
    hours = [AvailabilityIn.model_validate(d.kept[f"/providers/{d.user['id']}/availability"]) for d, _ in doctors]
    assert len({profile.npi for profile in profiles}) == len(doctors)
    assert [profile.accepting_new_patients for profile in profiles].count(False) == 1
    assert profiles[0].accepting_new_patients
    assert {window.day_of_week for window in hours[0].weekly} == set(providers.WEEK)
    assert len({rules.time_zone for rules in hours}) == 5
    assert len(said) == 2
