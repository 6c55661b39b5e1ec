"""Deliberate mistakes are caught: by the generator, by terraform, and by the rules over the plan."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.infra import policy
from tests.infra.plan import Plan, PlanRefusedError, copied, planned, run
from tools import url_map

#: A plan of everything takes most of a minute where others use the processors.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """A copy of infra/ with a few functions, to break."""
    return copied(tmp_path / "infra")


def rewrite(path: Path, change: Any) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def address(service: str) -> str:
    return f'module.function["{service}"].google_cloud_run_v2_service.this'


class TestPublicWorker:
    """A worker that the internet could call."""

    @pytest.mark.parametrize("change", [{"kind": "http"}, {"access": "public"}, {"kind": "http", "access": "public"}])
    def test_a_public_worker_is_caught_by_the_generator(self, manifest: dict[str, Any], change: dict[str, str]) -> None:
        broken = copy.deepcopy(manifest)
        broken["send-email"] |= change
        with pytest.raises(url_map.UrlMapError, match="send-email"):
            url_map.rules(broken)

    def test_a_public_worker_is_caught_by_terraform(self, terraform: None, infra: Path) -> None:
        rewrite(infra / "functions.json", lambda functions: functions["send-email"].update(kind="http"))
        with pytest.raises(PlanRefusedError, match="a worker must not be reachable from outside"):
            planned("dev", infra)

    @pytest.mark.parametrize(
        "change", [{"ingress": "INGRESS_TRAFFIC_ALL"}, {"invoker_iam_disabled": True}], ids=["ingress", "iam"]
    )
    def test_a_public_worker_is_caught_in_the_plan(
        self, production: Plan, manifest: dict[str, Any], change: dict[str, Any]
    ) -> None:
        worker = policy.services(production)["send-email"]
        broken = production.changed(address("send-email"), {**worker, **change})
        assert [*policy.reach(broken, manifest)] == ["send-email is a worker and can be reached from outside"]


class TestMissingIndex:
    """A query whose index nobody makes fails when it is first asked, in production."""

    def test_a_missing_index_is_caught_by_terraforms_plan(
        self, terraform: None, infra: Path, declared: dict[str, Any]
    ) -> None:
        rewrite(infra / "firestore.indexes.json", lambda declared: declared["indexes"].pop(3))
        (missing,) = policy.indexes(planned("dev", infra), declared)
        assert "is not planned" in missing

    def test_a_missing_index_is_caught_in_the_plan(self, production: Plan, declared: dict[str, Any]) -> None:
        broken = production.changed(production.of("firestore_index")[0].address, None)
        (missing,) = policy.indexes(broken, declared)
        assert "is not planned" in missing

    def test_a_missing_expiry_is_caught_in_the_plan(self, production: Plan, declared: dict[str, Any]) -> None:
        broken = production.changed(production.of("firestore_field")[0].address, None)
        assert len([*policy.indexes(broken, declared)]) == 1


class TestMisspeltArgument:
    """An argument that nobody reads would leave a default in force."""

    def test_a_misspelt_argument_is_caught_by_the_generator(self, manifest: dict[str, Any]) -> None:
        broken = copy.deepcopy(manifest)
        broken["login"]["concurency"] = broken["login"].pop("concurrency")
        assert url_map.problems(broken) == [
            "login: unknown argument 'concurency'",
            "login: argument 'concurrency' is missing",
        ]

    def test_a_misspelt_argument_is_caught_by_terraform(self, terraform: None, infra: Path) -> None:
        def misspell(functions: dict[str, Any]) -> None:
            functions["login"]["concurency"] = functions["login"].pop("concurrency")

        rewrite(infra / "functions.json", misspell)
        with pytest.raises(PlanRefusedError, match='attribute named "concurrency"'):
            planned("dev", infra)

    def test_a_misspelt_argument_of_a_resource_is_caught_by_terraform(self, terraform: None, infra: Path) -> None:
        path = infra / "modules" / "function" / "main.tf"
        path.write_text(path.read_text().replace("  ingress              =", "  ingres               ="))
        with pytest.raises(PlanRefusedError, match='An argument named "ingres" is not expected'):
            run(infra)


class TestVariables:
    """Values that would put health data at risk are refused, each with its sentence."""

    WRONG = (
        ("region", "europe-west1", "The region must lie in the United States"),
        ("firestore_location", "eur3", "The database must lie in the United States"),
        ("storage_location", "EU", "The buckets must lie in the United States"),
        ("log_retention_days", "365", "Logs must be kept for at least six years"),
        ("audit_retention_years", "5", "Audit entries must be kept for at least six years"),
        ("backup_retention_days", "7", "Daily backups must be kept for at least 14 days"),
        ("recording_retention_days", "30", "Recordings must be kept for at least two years"),
        ("image_digest", "latest", "must be named by its digest"),
        ("host", "https://api.example.com", "without scheme, port or path"),
        ("frontend_url", "http://app.example.com", "must begin with https://"),
        ("settings", '{SMTP_PASSWORD="x"}', "Secrets do not belong into settings"),
    )

    def test_dangerous_values_are_refused(self, terraform: None, infra: Path) -> None:
        # In one run: terraform checks every variable before it stops.
        given = " ".join(f"'-var={variable}={value}'" for variable, value, _ in self.WRONG)
        with pytest.raises(PlanRefusedError) as refused:
            run(infra, "plan", TF_CLI_ARGS_plan=f"-var-file=env/dev.tfvars {given}")
        said = str(refused.value)
        assert [variable for variable, _, sentence in self.WRONG if sentence not in said] == []


class TestNewcomers:
    """What names nothing, and what a new domain or queue needs to be told, said in a sentence."""

    def test_what_does_not_fit_together_is_refused(self, terraform: None, infra: Path) -> None:
        def add(functions: dict[str, Any]) -> None:
            functions["send-email"]["queue"] = "carrier-pigeons"
            functions["get-me"]["domain"] = "somewhere"

        def unroute(routes: dict[str, Any]) -> None:
            routes["rules"] = [rule for rule in routes["rules"] if rule["service"] != "login"]

        rewrite(infra / "functions.json", add)
        rewrite(infra / "url_map.json", unroute)
        given = "'-var=min_instances={nobody=1,login=1}' '-var=provided_secrets=[\"NO_SUCH\"]'"
        with pytest.raises(PlanRefusedError) as refused:
            run(infra, "plan", TF_CLI_ARGS_plan=f"-var-file=env/dev.tfvars {given}")
        said = str(refused.value)
        assert "which keysets these domains need: somewhere" in said
        assert "how these queues retry: carrier-pigeons" in said
        assert "min_instances names what is no function: nobody" in said
        assert "reaches through their domain's (url_map.json has no rule of their own): login" in said
        assert "provided_secrets names what no function declares: NO_SUCH" in said


class TestRules:
    """Each rule over the plan sees what it is for."""

    def test_a_grant_to_everybody_is_seen(self, production: Plan) -> None:
        one = production.of("cloud_run_v2_service_iam_member")[0]
        broken = production.changed(one.address, {**one.values, "member": "allUsers"})
        assert any("allUsers" in text for text in policy.grants(broken))

    def test_a_primitive_role_is_seen(self, production: Plan) -> None:
        one = production.of("project_iam_member")[0]
        broken = production.changed(one.address, {**one.values, "role": "roles/editor"})
        assert any("roles/editor" in text for text in policy.grants(broken))

    def test_a_secret_given_to_others_is_seen(self, production: Plan, manifest: dict[str, Any]) -> None:
        one = next(
            r for r in production.of("secret_manager_secret_iam_member") if r.values["secret_id"] == "jwt-private-key"
        )
        member = one.values["member"].replace("fn-auth", "fn-users")
        broken = production.changed(one.address, {**one.values, "member": member})
        found = [*policy.secrets(broken, manifest)]
        assert "the private key of tokens is readable by ['users']" in found
        assert "login cannot read jwt-private-key" in found

    def test_a_forgotten_function_is_seen(self, production: Plan, manifest: dict[str, Any]) -> None:
        broken = production.changed(address("login"), None)
        assert [*policy.every_function(broken, manifest)] == ["login is in the manifest but not planned"]

    def test_a_route_to_another_function_is_seen(self, production: Plan, manifest: dict[str, Any]) -> None:
        edge = next(r for r in production.of("compute_url_map") if r.values["name"] == "api")
        text = json.dumps(edge.values).replace('/backendServices/get-patient"', '/backendServices/get-me"')
        broken = production.changed(edge.address, json.loads(text))
        assert any("leads to get-me" in found for found in policy.routes(broken, manifest))

    def test_a_place_abroad_is_seen(self, production: Plan) -> None:
        one = production.of("storage_bucket")[0]
        broken = production.changed(one.address, {**one.values, "location": "EU"})
        assert [*policy.locations(broken)] == [f"{one.address} is in EU"]

    def test_an_unknown_setting_is_seen(self, production: Plan) -> None:
        login = policy.services(production)["login"]
        text = json.dumps(login).replace('"UPLOADS_BUCKET"', '"UPLOAD_BUCKET"')
        broken = production.changed(address("login"), json.loads(text))
        assert [*policy.settings(broken)] == ["login: UPLOAD_BUCKET is no setting"]
