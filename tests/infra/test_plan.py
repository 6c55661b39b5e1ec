"""What a deployment is made of, asserted on terraform's plan of it."""

import json
import re
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from shared.config import load
from shared.files.objects import QUARANTINE
from shared.http import cors, pipeline
from shared.http.authenticate import worker_audience
from shared.logs import ALLOWED
from shared.metrics import LABELS, TASK_ATTEMPTS, Metric
from shared.store.keys import KEYSETS
from tests.infra import plan as plans
from tests.infra import policy
from tests.infra.plan import INFRA, Plan
from tests.infra.policy import PLATFORM_SETTINGS, UrlMap, environment, secret_files, services, template
from tools.manifest import endpoints

#: A plan of everything takes most of a minute where others use the processors.
pytestmark = pytest.mark.timeout(300)


def test_kept_plan_is_current(terraform: None) -> None:
    kept, now = plans.kept_plan(), plans.planned("prod")
    stale = {r.address for r in (*kept.resources, *now.resources) if (r in kept.resources) != (r in now.resources)}
    assert not stale, f"stale: run python -m tests.infra.plan ({', '.join(sorted(stale)[:5])})"


def test_the_state_is_kept_in_a_private_bucket_with_versions(terraform: None) -> None:
    bootstrap = plans.fresh(INFRA / "bootstrap", TF_VAR_project_id="consentmd-dev")
    bucket = bootstrap.one("storage_bucket")
    assert (bucket["public_access_prevention"], bucket["versioning"]) == ("enforced", [{"enabled": True}])
    roles = {r.values["role"] for r in bootstrap.of("project_iam_member")}
    assert roles
    assert not roles & {"roles/owner", "roles/editor", "roles/viewer"}


# Functions


def test_every_function_is_planned(plan: Plan, manifest: dict[str, Any]) -> None:
    assert [*policy.every_function(plan, manifest)] == []


def test_all_functions_run_one_image_by_digest(plan: Plan) -> None:
    assert [*policy.one_image(plan)] == []


def test_traffic_is_left_to_the_release(plan: Plan) -> None:
    """The gateway's, too: one module makes every service."""
    made = {r.address.partition("[")[0].partition(".google_")[0] for r in plan.of("cloud_run_v2_service")}
    assert made == {"module.function", "module.gateway"}
    assert not any("traffic" in service for service in plan.named("cloud_run_v2_service").values())
    module = (INFRA / "modules" / "function" / "main.tf").read_text()
    assert re.search(r"ignore_changes = \[.*\btraffic\b.*\]", module)


def test_no_worker_can_be_reached_from_outside(plan: Plan, manifest: dict[str, Any]) -> None:
    assert [*policy.reach(plan, manifest)] == []


def test_functions_run_as_their_domain_with_what_it_declares(plan: Plan, manifest: dict[str, Any]) -> None:
    assert [*policy.accounts(plan, manifest)] == []


def test_nobody_is_granted_more_than_a_part(plan: Plan) -> None:
    assert [*policy.grants(plan)] == []


def test_secrets_are_readable_by_who_declares_them(plan: Plan, manifest: dict[str, Any]) -> None:
    assert [*policy.secrets(plan, manifest)] == []


def test_functions_can_read_their_settings(plan: Plan) -> None:
    assert [*policy.settings(plan)] == []


def test_keysets_are_wrapped_and_unwrapped_only(plan: Plan) -> None:
    key = plan.named("kms_crypto_key")["keysets"]
    for name, service in services(plan).items():
        given = [s for s in secret_files(service).values() if s.startswith("keyset-")]
        assert {s.removeprefix("keyset-") for s in given} <= set(KEYSETS), name
        assert environment(service)["KEYSET_KMS_KEY"] == f"{key['key_ring']}/cryptoKeys/keysets"
    members = {
        r.values["member"].partition("@")[0]
        for r in plan.of("kms_crypto_key_iam_member")
        if r.values["role"] == "roles/cloudkms.cryptoKeyDecrypter"
    }
    holders = {
        f"serviceAccount:{template(s)['service_account'].partition('@')[0]}"
        for s in services(plan).values()
        if any(secret.startswith("keyset-") for secret in secret_files(s).values())
    }
    assert members == holders


def test_the_virus_scanner_runs_beside_the_worker_that_declares_it(plan: Plan, manifest: dict[str, Any]) -> None:
    for name, service in services(plan).items():
        first, *others = template(service)["containers"]
        declared = "clamd" in manifest[name]["uses"] if name in manifest else False
        assert [other["name"] for other in others] == (["clamd"] if declared else []), name
        if declared:
            assert (first["depends_on"], first["ports"][0]["container_port"]) == (["clamd"], 8080)
            (clamd,) = others
            known = load(environment(service) | {"ENVIRONMENT": "development", "KEYSET_KMS_KEY": ""})
            assert clamd["startup_probe"][0]["tcp_socket"][0]["port"] == known.clamd_port
            assert known.clamd_host == "127.0.0.1"
            (limit,) = re.findall(r"StreamMaxLength (\d+)M", clamd["args"][0])
            assert int(limit) * 1_000_000 > known.max_file_bytes
            assert int(clamd["resources"][0]["limits"]["memory"].removesuffix("Gi")) >= 3
            assert template(service)["scaling"][0]["max_instance_count"] > 1
    assert "clamd" in manifest["scan-file"]["uses"]


def test_hot_functions_are_warm_in_production(production: Plan) -> None:
    warm = {name for name, s in services(production).items() if template(s)["scaling"][0]["min_instance_count"] > 0}
    assert {"login", "list-patients", "get-patient"} <= warm
    assert len(warm) <= 10, "each costs about 7 USD a month"


def test_the_audit_trail_has_one_writer(plan: Plan) -> None:
    seal = template(services(plan)["seal-audit"])
    assert (seal["scaling"][0]["max_instance_count"], seal["max_instance_request_concurrency"]) == (1, 1)


# The realtime gateway


def test_the_gateway_is_always_on_and_holds_sockets_for_an_hour(plan: Plan) -> None:
    service = policy.gateway(plan)
    revision = template(service)
    (container,) = revision["containers"]
    assert container["command"] == ["python", "-m", "realtime"]
    assert container["image"] in {template(s)["containers"][0]["image"] for s in services(plan).values()}
    assert container["resources"][0]["cpu_idle"] is False
    assert revision["scaling"][0]["min_instance_count"] >= 1
    assert (revision["timeout"], revision["session_affinity"]) == ("3600s", True)
    assert revision["max_instance_request_concurrency"] == 1000
    assert service["ingress"] == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    assert container["startup_probe"][0]["http_get"][0]["path"] == "/health"
    assert container["liveness_probe"][0]["http_get"][0]["path"] == "/live"


def test_the_gateway_has_the_keys_and_settings_it_reads(plan: Plan) -> None:
    service = policy.gateway(plan)
    assert template(service)["service_account"].startswith("fn-realtime@")
    files = secret_files(service)
    assert {s for s in files.values() if s.startswith("keyset-")} == {
        f"keyset-{name}" for name in ("audit", "chats", "index", "messaging", "patients", "platform", "users")
    }
    assert "jwt-private-key" not in files.values()
    env = environment(service)
    config = load(env)
    assert config.jwks_file in files
    assert not config.ws_token_in_query, "URLs are logged"
    assert config.trusted_proxy_hops == 2


@pytest.mark.parametrize("base", ["", "/api", "/api/v1"])
def test_sockets_lead_to_the_gateway(plan: Plan, base: str) -> None:
    edge = UrlMap(plan)
    for path in ("/ws", "/socket.io", "/socket.io/"):
        assert edge.service("GET", base + path) == policy.GATEWAY
    assert edge.service("POST", f"{base}/socket.io/") == policy.GATEWAY
    assert edge.service("GET", f"{base}/wsx") != policy.GATEWAY
    backends = {r.values["name"] for r in plan.of("compute_backend_service")}
    assert policy.GATEWAY in backends


# Tasks and schedules


def test_every_queue_retries_as_the_workers_count(plan: Plan, manifest: dict[str, Any]) -> None:
    queues = plan.named("cloud_tasks_queue")
    assert queues.keys() == {entry["queue"] for entry in manifest.values() if entry["queue"]}
    for queue in queues.values():
        retry = queue["retry_config"][0]
        assert retry["max_attempts"] == TASK_ATTEMPTS
        assert retry["min_backoff"] != retry["max_backoff"]


def test_every_schedule_calls_its_function_as_the_function_expects(plan: Plan, manifest: dict[str, Any]) -> None:
    jobs = plan.named("cloud_scheduler_job")
    scheduled = {name: entry for name, entry in manifest.items() if entry["kind"] == "schedule"}
    assert jobs.keys() == scheduled.keys()
    for name, entry in scheduled.items():
        job, env = jobs[name], environment(services(plan)[name])
        assert (job["schedule"], job["time_zone"]) == (entry["schedule"], entry["timeZone"])
        target = job["http_target"][0]
        config = load({k: v for k, v in env.items() if k not in PLATFORM_SETTINGS})
        request = Request(EnvironBuilder(path=entry["routes"][0]["path"], method="POST").get_environ())
        assert target["uri"] == target["oidc_token"][0]["audience"] == worker_audience(request, config)
        assert target["oidc_token"][0]["service_account_email"] == config.scheduler_service_account


def test_only_who_changes_things_wakes_the_dispatcher(plan: Plan, manifest: dict[str, Any]) -> None:
    enqueuers = {
        r.values["member"].partition("@")[0].removeprefix("serviceAccount:fn-")
        for r in plan.of("cloud_tasks_queue_iam_member")
    }
    writers = {
        e["domain"] for e in manifest.values() if e["kind"] != "http" or any(r["method"] != "GET" for r in e["routes"])
    }
    assert enqueuers == writers


# Edge


def test_every_route_leads_to_its_function(plan: Plan, manifest: dict[str, Any]) -> None:
    assert [*policy.routes(plan, manifest)] == []


def test_the_url_map_is_within_its_limits(plan: Plan) -> None:
    assert [*policy.limits(plan)] == []


def test_an_unknown_path_is_answered_in_our_form_and_an_unknown_host_not_at_all(plan: Plan) -> None:
    edge = UrlMap(plan)
    assert edge.service("GET", "/wp-login.php") == "health-all"
    assert edge.values["default_route_action"][0]["fault_injection_policy"][0]["abort"][0]["http_status"] == 404


def test_preflights_of_our_origins_end_at_the_edge(plan: Plan) -> None:
    first = UrlMap(plan).rules[0]
    config = load({k: v for k, v in environment(services(plan)["login"]).items() if k not in PLATFORM_SETTINGS})
    answered = first["route_action"][0]["cors_policy"][0]
    assert set(answered["allow_origins"]) == config.allowed_origins
    assert ", ".join(answered["allow_methods"]) == cors.METHODS
    assert ", ".join(answered["allow_headers"]) == cors.ALLOWED
    assert str(answered["max_age"]) == cors.MAX_AGE
    assert answered["allow_credentials"]
    edge = UrlMap(plan)
    assert (
        edge.service("OPTIONS", "/api/v1/patients") == "patients-all"
    )  # no preflight: the function says what it allows
    assert edge.service("OPTIONS", "/api/v1/patients", "Access-Control-Request-Method") == "health-all"


def test_only_https_with_modern_tls_is_served(plan: Plan) -> None:
    policy_ = plan.one("compute_ssl_policy")
    assert (policy_["min_tls_version"], policy_["profile"]) == ("TLS_1_2", "RESTRICTED")
    assert plan.one("compute_target_https_proxy")["ssl_policy"] == policy_["name"]
    redirect = plan.named("compute_url_map")["to-https"]["default_url_redirect"][0]
    assert redirect["https_redirect"]
    assert plan.one("compute_target_http_proxy")["url_map"].endswith("/urlMaps/to-https")
    ports = {r["port_range"]: r["target"] for r in plan.named("compute_global_forwarding_rule").values()}
    assert ports.keys() == {"80", "443"}
    assert "/targetHttpProxies/" in ports["80"]


def test_every_backend_is_behind_cloud_armor_and_signing_in_behind_a_stricter_one(
    plan: Plan, manifest: dict[str, Any]
) -> None:
    policies = plan.named("compute_security_policy")
    for name, backend in plan.named("compute_backend_service").items():
        domain = manifest[name]["domain"] if name in manifest else name.removesuffix("-all")
        assert backend["security_policy"].endswith("/edge-auth" if domain == "auth" else "/edge-general"), name
    for name, per_minute in (("edge-general", 100), ("edge-auth", 10)):
        rules = {rule["action"]: rule for rule in policies[name]["rule"]}
        rate = rules["rate_based_ban"]["rate_limit_options"][0]
        assert rate["rate_limit_threshold"] == [{"count": per_minute, "interval_sec": 60}]
        assert (rate["exceed_action"], rate["enforce_on_key"], rate["ban_duration_sec"]) == ("deny(429)", "IP", 600)
        known = "".join(str(rule["match"]) for rule in policies[name]["rule"] if rule["action"] == "deny(403)")
        assert {"sqli", "xss", "rce", "lfi"} <= set(re.findall(r"\('(\w+)-v33-stable'", known))


# Data


def test_the_database_is_protected_and_backed_up(plan: Plan) -> None:
    database, backup = plan.one("firestore_database"), plan.one("firestore_backup_schedule")
    assert database["concurrency_mode"] == "OPTIMISTIC"
    assert database["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    assert backup["daily_recurrence"]
    assert int(backup["retention"].removesuffix("s")) >= 14 * 86400


def test_destroying_takes_no_data_outside_dev(production: Plan) -> None:
    database = production.one("firestore_database")
    assert database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    assert database["deletion_policy"] == "ABANDON"
    assert not any(r.values["force_destroy"] for r in production.of("storage_bucket"))
    assert all(r.values["deletion_protection"] for r in production.of("secret_manager_secret"))
    assert not production.one("bigquery_dataset")["delete_contents_on_destroy"]
    # `protected` is the resource with prevent_destroy; a plan does not show lifecycles.
    assert {r.address.partition("[")[0] for r in production.of("kms_crypto_key")} == {"google_kms_crypto_key.protected"}
    keys = (INFRA / "keys.tf").read_text()
    protected = keys[keys.index('"google_kms_crypto_key" "protected"') :].partition("\nresource ")[0]
    assert "prevent_destroy = true" in protected


def test_every_declared_index_is_planned(plan: Plan, declared: dict[str, Any]) -> None:
    assert [*policy.indexes(plan, declared)] == []


def test_buckets_are_private_encrypted_and_keep_versions(plan: Plan) -> None:
    key = plan.named("kms_crypto_key")["storage"]
    buckets = {r.values["name"].partition("-")[2].partition("-")[2]: r.values for r in plan.of("storage_bucket")}
    assert buckets.keys() == {"uploads", "recordings", "exports", "audit-roots"}
    for name, bucket in buckets.items():
        assert bucket["uniform_bucket_level_access"], name
        assert bucket["public_access_prevention"] == "enforced", name
        assert bucket["encryption"][0]["default_kms_key_name"] == f"{key['key_ring']}/cryptoKeys/storage"
        conditions = [rule["condition"][0] for rule in bucket["lifecycle_rule"]]
        kept = [c for c in conditions if c.get("num_newer_versions") == 3 and c["with_state"] == "ARCHIVED"]
        assert (bucket["versioning"][0]["enabled"], len(kept)) == ((False, 0) if name == "audit-roots" else (True, 1))
    deleted_at = [c["age"] for c in (r["condition"][0] for r in buckets["recordings"]["lifecycle_rule"]) if "age" in c]
    assert max(deleted_at) > 730, "the rule that honours legal holds comes first"


def test_what_was_not_completed_leaves_the_quarantine_after_a_day(plan: Plan) -> None:
    (bucket,) = (r.values for r in plan.of("storage_bucket") if r.values["name"].endswith("-uploads"))
    deleting = [r["condition"][0] for r in bucket["lifecycle_rule"] if r["action"][0]["type"] == "Delete"]
    (quarantine,) = (c for c in deleting if "matches_prefix" in c)
    assert quarantine["matches_prefix"] == [f"{QUARANTINE}/"]
    assert (quarantine["age"], quarantine["with_state"]) == (1, "ANY")
    # Nothing else in this bucket is deleted for its age alone.
    assert not [c for c in deleting if c.get("age") and c is not quarantine]


def test_audit_roots_cannot_be_changed_for_six_years(plan: Plan, production: Plan) -> None:
    (bucket,) = (r.values for r in plan.of("storage_bucket") if r.values["name"].endswith("-audit-roots"))
    assert bucket["retention_policy"][0]["retention_period"] >= 6 * 365.25 * 86400
    (real,) = (r.values for r in production.of("storage_bucket") if r.values["name"].endswith("-audit-roots"))
    assert real["retention_policy"][0]["is_locked"]
    roles = {
        r.values["member"].partition("@")[0].removeprefix("serviceAccount:fn-"): r.values["role"]
        for r in plan.of("storage_bucket_iam_member")
        if r.values["bucket"] == bucket["name"]
    }
    assert roles == {"schedules": "roles/storage.objectCreator", "admin": "roles/storage.objectViewer"}


def test_keys_rotate(plan: Plan) -> None:
    for name, key in plan.named("kms_crypto_key").items():
        assert int(key["rotation_period"].removesuffix("s")) <= 365 * 86400, name


def test_everything_is_in_the_united_states(plan: Plan) -> None:
    assert [*policy.locations(plan)] == []


# Watching


def test_logs_are_kept_six_years_without_urls(plan: Plan, production: Plan) -> None:
    assert plan.one("logging_project_bucket_config")["retention_days"] >= 2190
    assert production.one("logging_project_bucket_config")["locked"]
    excluded = plan.one("logging_project_exclusion")["filter"]
    assert 'log_id("run.googleapis.com/requests")' in excluded
    assert "http_load_balancer" in excluded
    sinks = plan.named("logging_project_sink")
    assert sinks.keys() == {"kept", "errors", "analysis"}
    for name in ("kept", "errors"):
        assert [e["filter"] for e in sinks[name]["exclusions"]] == [excluded]
    assert "run.googleapis.com/stdout" in sinks["analysis"]["filter"]  # named, so request logs are not among them
    assert sinks["errors"]["filter"] == "severity>=ERROR"
    assert not any(r.values["log_config"][0]["enable"] for r in plan.of("compute_backend_service"))


def test_every_access_to_data_is_logged(plan: Plan) -> None:
    audited = plan.one("project_iam_audit_config")
    assert audited["service"] == "allServices"
    assert {c["log_type"] for c in audited["audit_log_config"]} == {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}
    assert not any("exempted_members" in c for c in audited["audit_log_config"])


def test_every_measure_of_ours_is_a_metric(plan: Plan) -> None:
    metrics = plan.named("logging_metric")
    ours = {f"consentmd/{metric.value}" for metric in Metric}
    assert metrics.keys() == ours | {"consentmd/bookings", "consentmd/searches"}
    for metric in Metric:
        planned = metrics[f"consentmd/{metric.value}"]
        assert planned.get("label_extractors", {}).keys() == LABELS[metric]
        assert f'jsonPayload.metric="{metric.value}"' in planned["filter"]


def test_bookings_and_searches_are_counted_from_what_requests_log(plan: Plan) -> None:
    """The line is one that the code writes: its logger, its endpoints, its fields."""
    metrics = plan.named("logging_metric")
    known = {spec.name for spec in endpoints()}
    for name in ("bookings", "searches"):
        planned = metrics[f"consentmd/{name}"]
        assert f'jsonPayload.logger="{pipeline.log.name}" AND jsonPayload.message="request"' in planned["filter"]
        counted = re.findall(r'"(\w+)"', planned["filter"].partition("jsonPayload.endpoint=(")[2])
        assert counted
        assert set(counted) <= known
        extracted = {
            text.removeprefix("EXTRACT(jsonPayload.").rstrip(")") for text in planned["label_extractors"].values()
        }
        assert extracted <= ALLOWED


def test_alerts_watch_what_they_must(plan: Plan) -> None:
    thresholds = {
        c["condition_threshold"][0].get("filter", ""): c["condition_threshold"][0]["threshold_value"]
        for r in plan.of("monitoring_alert_policy")
        for c in r.values["conditions"]
        if "condition_threshold" in c
    }

    def threshold(*parts: str) -> float:
        (found,) = (value for text, value in thresholds.items() if all(part in text for part in parts))
        return float(found)

    assert threshold("backend_request_count", "response_code_class=500") == 0.01
    assert threshold("backend_latencies") == 200
    assert threshold("consentmd/queue_age_seconds") == 300
    assert threshold("cloudtasks.googleapis.com/queue/depth") > 0
    assert threshold("consentmd/dead_letter") == 0
    assert threshold("consentmd/audit_verified", 'outcome="broken"') == 0
    assert threshold("consentmd/bookings", 'status!="201"') == 0.5
    assert threshold("consentmd/realtime_lag_ms") == 5000
    assert all(
        len(r.values["conditions"]) >= 1 and r.values["documentation"] for r in plan.of("monitoring_alert_policy")
    )


def test_the_dashboard_shows_every_endpoints_latency_and_errors(plan: Plan) -> None:
    board = json.loads(plan.one("monitoring_dashboard")["dashboard_json"])
    titles = {tile["widget"]["title"] for tile in board["mosaicLayout"]["tiles"]}
    assert {f"p{p} per endpoint (ms)" for p in (50, 95, 99)} | {"Error rate per endpoint"} <= titles
    text = json.dumps(board)
    for own in ("queue_age_seconds", "slow_call_ms", "bookings", "searches", "realtime_lag_ms"):
        assert f"logging.googleapis.com/user/consentmd/{own}" in text
    for reducer in ("REDUCE_PERCENTILE_50", "REDUCE_PERCENTILE_95", "REDUCE_PERCENTILE_99"):
        assert reducer in text


def test_health_is_asked_from_outside_and_money_is_watched(plan: Plan) -> None:
    check = plan.one("monitoring_uptime_check_config")
    assert (check["http_check"][0]["path"], check["http_check"][0]["use_ssl"]) == ("/health", True)
    assert plan.one("billing_budget")["threshold_rules"]


@pytest.mark.parametrize("environment_", plans.ENVIRONMENTS)
def test_an_environment_says_everything_itself(environment_: str) -> None:
    """Values of another environment must not slip in: terraform.tfvars, which is dev's, is read before a -var-file."""
    declared = (INFRA / "variables.tf").read_text()
    required = {
        name
        for name, body in re.findall(r'variable "(\w+)" \{\n(.*?)\n\}', declared, re.DOTALL)
        if "\n  default" not in body
    }
    given = set(re.findall(r"^(\w+) *=", (INFRA / "env" / f"{environment_}.tfvars").read_text(), re.MULTILINE))
    dev = set(re.findall(r"^(\w+) *=", (INFRA / "env" / "dev.tfvars").read_text(), re.MULTILINE))
    assert required <= given
    assert dev - required <= given | {"max_instances"}
