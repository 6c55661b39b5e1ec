"""What must hold of every plan: each rule looks at a plan and returns a sentence for whatever breaks it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from shared.config import Settings, load, variable
from shared.http.routing import PREFIXES
from tests.infra.plan import Plan, Resource
from tools.url_map import overflow

Manifest = Mapping[str, Mapping[str, Any]]

#: Kinds that the internet may call (kept apart from tools.url_map on purpose: a mistake there must show here).
PUBLIC = {"http", "webhook"}
GATEWAY = "realtime-gateway"
PLATFORM_SETTINGS = {"FUNCTION_TARGET", "THREADS"}


def services(plan: Plan) -> dict[str, Mapping[str, Any]]:
    """Planned functions by name; the realtime gateway is a service, but no function."""
    return {name: service for name, service in plan.named("cloud_run_v2_service").items() if name != GATEWAY}


def gateway(plan: Plan) -> Mapping[str, Any]:
    """The realtime gateway."""
    return plan.named("cloud_run_v2_service")[GATEWAY]


def template(service: Mapping[str, Any]) -> Mapping[str, Any]:
    """The revision template of a function."""
    found: Mapping[str, Any] = service["template"][0]
    return found


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables with a value; those that are secrets have none here."""
    return {e["name"]: e["value"] for e in template(service)["containers"][0]["env"] if "value" in e}


def secret_environment(service: Mapping[str, Any]) -> dict[str, str]:
    """Secret by environment variable."""
    listed = template(service)["containers"][0]["env"]
    return {e["name"]: e["value_source"][0]["secret_key_ref"][0]["secret"] for e in listed if "value_source" in e}


def secret_files(service: Mapping[str, Any]) -> dict[str, str]:
    """Secret by the path of the file that holds it."""
    mounted = {v["name"]: v["mount_path"] for v in template(service)["containers"][0].get("volume_mounts", [])}
    volumes = {v["name"]: v["secret"][0] for v in template(service).get("volumes", [])}
    assert mounted.keys() == volumes.keys()
    assert len(set(mounted.values())) == len(mounted), "Cloud Run mounts one secret per directory"
    return {f"{mounted[name]}/{s['items'][0]['path']}": s["secret"] for name, s in volumes.items()}


def every_function(plan: Plan, manifest: Manifest) -> Iterator[str]:
    """Each entry is a service that starts the right function, and nothing else is one."""
    found = services(plan)
    expected = {name: entry["target"] for name, entry in manifest.items()}
    for entry in manifest.values():
        if entry["kind"] in PUBLIC:
            expected[f"{entry['domain'].replace('_', '-')}-all"] = f"{entry['domain']}_all"
    yield from (f"{name} is in the manifest but not planned" for name in expected.keys() - found.keys())
    yield from (f"{name} is planned but not in the manifest" for name in found.keys() - expected.keys())
    for name in expected.keys() & found.keys():
        service, env = template(found[name]), environment(found[name])
        if env.get("FUNCTION_TARGET") != expected[name]:
            yield f"{name} starts {env.get('FUNCTION_TARGET')}"
        if env.get("THREADS") != str(service["max_instance_request_concurrency"]):
            yield f"{name} has {env.get('THREADS')} threads for {service['max_instance_request_concurrency']} requests"
        if name in manifest:
            asked = manifest[name]
            limits = service["containers"][0]["resources"][0]["limits"]
            has = (service["max_instance_request_concurrency"], service["timeout"], limits["memory"])
            if has != (asked["concurrency"], f"{asked['timeout']}s", asked["memory"]):
                yield f"{name} runs with {has}"


def one_image(plan: Plan) -> Iterator[str]:
    """All functions run the same image, named by its digest."""
    images = {template(s)["containers"][0]["image"] for s in services(plan).values()}
    if len(images) != 1:
        yield f"{len(images)} images"
    yield from (f"{i} is not a digest" for i in images if not re.search(r"@sha256:[0-9a-f]{64}$", i))


def reach(plan: Plan, manifest: Manifest) -> Iterator[str]:
    """No worker can be reached from outside: not by ingress, not by IAM, not through the load balancer."""
    invokers: dict[str, set[str]] = defaultdict(set)
    for grant in plan.of("cloud_run_v2_service_iam_member"):
        invokers[grant.values["name"]].add(f"{grant.values['role']} {grant.values['member'].partition('@')[0]}")
    backends = {r.values["cloud_run"][0]["service"] for r in plan.of("compute_region_network_endpoint_group")}
    callers = {"task": "cloud-tasks", "schedule": "cloud-scheduler"}
    for name, service in services(plan).items():
        kind = manifest[name]["kind"] if name in manifest else "http"
        machine = kind not in PUBLIC or (name in manifest and manifest[name]["access"] in {"workers", "scheduler"})
        if machine:
            if service["ingress"] != "INGRESS_TRAFFIC_INTERNAL_ONLY" or service.get("invoker_iam_disabled"):
                yield f"{name} is a worker and can be reached from outside"
            if name in backends:
                yield f"{name} is a worker and a backend of the load balancer"
            if invokers[name] != {f"roles/run.invoker serviceAccount:{callers.get(kind)}"}:
                yield f"{name} may be called by {sorted(invokers[name])}"
        elif service["ingress"] != "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" or not service["invoker_iam_disabled"]:
            yield f"{name} cannot be reached through the load balancer, or without it"
        elif invokers[name]:
            yield f"{name} is open to the load balancer and names callers besides"


#: All that a role of our own may allow.
SENDS = ["cloudmessaging.messages.create"]


def grants(plan: Plan) -> Iterator[str]:
    """Nobody is everybody, nobody has a primitive role, and grants on the whole project are few."""
    for resource in plan.resources:
        if "_iam_" not in resource.type or resource.type.endswith(("_audit_config", "_custom_role")):
            continue
        if not resource.type.endswith("_iam_member"):
            yield f"{resource.address} replaces grants that others made"
        role = resource.values["role"]
        if role in {"roles/owner", "roles/editor", "roles/viewer"}:
            yield f"{resource.address} grants {role}"
        if resource.values.get("member", "").startswith("all"):
            yield f"{resource.address} grants {role} to {resource.values['member']}"
        # None of these has a narrower resource to be granted on.
        of_projects = {"roles/datastore.user", "roles/aiplatform.user"}
        made_here = {
            r.values["role_id"] for r in plan.of("project_iam_custom_role") if r.values["permissions"] == SENDS
        }
        if (
            resource.type == "google_project_iam_member"
            and role.rpartition("/")[2] not in made_here
            and role not in of_projects
        ):
            yield f"{resource.address} grants {role} on the whole project"
    for account in plan.of("service_account"):
        if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", account.values["account_id"]):
            yield f"{account.values['account_id']} is no account id"


def accounts(plan: Plan, manifest: Manifest) -> Iterator[str]:
    """Each function runs as its domain, and a domain has grants only for what its functions declare."""
    names = {r.values["account_id"] for r in plan.of("service_account")}
    for name, service in services(plan).items():
        domain = manifest[name]["domain"] if name in manifest else name.removesuffix("-all")
        account = template(service)["service_account"].partition("@")[0]
        if account != f"fn-{domain.replace('_', '-')}" or account not in names:
            yield f"{name} runs as {account}"
    uses: dict[str, set[str]] = defaultdict(set)
    for entry in manifest.values():
        uses[f"fn-{entry['domain'].replace('_', '-')}"] |= set(entry["uses"])
    for what, kind in (("storage", "storage_bucket_iam_member"), ("firestore", "project_iam_member")):
        granted = {r.values["member"].removeprefix("serviceAccount:").partition("@")[0] for r in plan.of(kind)}
        declared = {account for account, used in uses.items() if what in used}
        yield from (f"{account} declares {what} and has no grant for it" for account in declared - granted)
        yield from (f"{account} has a grant for {what} and does not declare it" for account in granted - declared)


def secrets(plan: Plan, manifest: Manifest) -> Iterator[str]:
    """A secret is readable by the domains whose functions declare it, and given to these functions only."""
    readers: dict[str, set[str]] = defaultdict(set)
    for grant in plan.of("secret_manager_secret_iam_member"):
        readers[grant.values["secret_id"]].add(
            grant.values["member"].removeprefix("serviceAccount:").partition("@")[0].removeprefix("fn-")
        )
    for name, service in services(plan).items():
        domain = manifest[name]["domain"] if name in manifest else name.removesuffix("-all")
        declared = {
            secret
            for other, entry in manifest.items()
            if other == name or (name not in manifest and entry["domain"] == domain and entry["kind"] in PUBLIC)
            for secret in entry["secrets"]
        }
        files, given = secret_files(service), secret_environment(service)
        yield from (f"{name} is given {v}, which it does not declare" for v in given.keys() - declared)
        if ("jwt-private-key" in files.values()) != ("JWT_PRIVATE_KEY_FILE" in declared):
            yield f"{name} and the private key of tokens: declared or given, not both"
        for secret in {*files.values(), *given.values()}:
            if domain.replace("_", "-") not in readers[secret]:
                yield f"{name} cannot read {secret}"
    mounted: dict[str, set[str]] = defaultdict(set)
    for service in services(plan).values():
        for secret in {*secret_files(service).values(), *secret_environment(service).values()}:
            mounted[secret].add(template(service)["service_account"].partition("@")[0].removeprefix("fn-"))
    for secret, who in readers.items():
        yield from (f"{account} may read {secret} and has no function that does" for account in who - mounted[secret])
    if readers["jwt-private-key"] - {"auth"}:
        yield f"the private key of tokens is readable by {sorted(readers['jwt-private-key'])}"
    asked = {r.values["secret_id"] for r in plan.of("secret_manager_secret")}
    yield from (f"{secret} is not planned" for secret in mounted.keys() - asked)


def settings(plan: Plan) -> Iterator[str]:
    """Every function can read its settings, all of them are known, and no secret is among them."""
    known = {variable(field) for field in Settings.model_fields} | PLATFORM_SETTINGS
    for name, service in services(plan).items():
        env = environment(service)
        yield from (f"{name}: {v} is no setting" for v in env.keys() - known)
        yield from (f"{name}: {v} is a secret" for v in env if re.search("PASSWORD|SECRET|API_KEY", v))
        read = load({k: v for k, v in env.items() if k not in PLATFORM_SETTINGS})
        files = secret_files(service)
        keys = {"jwks": read.jwks_file, "jwt-private-key": read.jwt_private_key_file}
        if any(files.get(path) != secret for secret, path in keys.items() if secret in files.values()):
            yield f"{name} looks for keys of tokens elsewhere than they are"
        if any(secret.startswith("keyset-") and not path.startswith(read.keyset_dir) for path, secret in files.items()):
            yield f"{name} looks for keysets elsewhere than they are"


def indexes(plan: Plan, declared: Mapping[str, Any]) -> Iterator[str]:
    """Every index and every expiry that the code's queries and documents declare is planned, and no other."""

    def shape(collection: str, scope: str, fields: list[Mapping[str, Any]], path: str, array: str) -> tuple[Any, ...]:
        return (collection, scope, *((f[path], f.get("order") or f.get(array)) for f in fields))

    wanted = {
        shape(i["collectionGroup"], i["queryScope"], i["fields"], "fieldPath", "arrayConfig")
        for i in declared["indexes"]
    }
    has = {
        shape(r.values["collection"], r.values["query_scope"], r.values["fields"], "field_path", "array_config")
        for r in plan.of("firestore_index")
    }
    yield from (f"index {i} is not planned" for i in wanted - has)
    yield from (f"index {i} is planned for no query" for i in has - wanted)
    single = {
        _single(f["collectionGroup"], f["fieldPath"], f.get("ttl"), f["indexes"]) for f in declared["fieldOverrides"]
    }
    planned = {
        _single(
            r.values["collection"],
            r.values["field"],
            r.values.get("ttl_config"),
            r.values["index_config"][0].get("indexes") or [],
        )
        for r in plan.of("firestore_field")
    }
    yield from (f"expiry and indexes of field {f} are not as declared" for f in single ^ planned)


def _single(collection: str, field: str, expires: Any, indexes: list[Mapping[str, Any]]) -> tuple[Any, ...]:
    """What is said of one field: whether documents expire by it, and its own indexes."""
    modes = sorted(i.get("order") or i.get("array_config") or i.get("arrayConfig") for i in indexes)
    return (collection, field, bool(expires), *modes)


def locations(plan: Plan) -> Iterator[str]:
    """Everything that has a place is in the United States."""
    for resource in plan.resources:
        yield from (f"{resource.address} is in {place}" for place in _places(resource) if not _american(place))


def _places(resource: Resource) -> Iterator[str]:
    for key in ("location", "region", "location_id"):
        if key in resource.values:
            yield resource.values[key]
    for replication in resource.values.get("replication", []):
        for managed in replication.get("user_managed", []):
            yield from (replica["location"] for replica in managed["replicas"])


def _american(place: str) -> bool:
    return bool(re.fullmatch(r"us|us-(central|east|west|south)\d|nam\d", place.lower()))


class UrlMap:
    """The planned routes, followed as the load balancer follows them."""

    def __init__(self, plan: Plan) -> None:
        self.values = plan.named("compute_url_map")["api"]
        self.matcher = self.values["path_matcher"][0]
        self.rules = sorted(self.matcher["route_rules"], key=lambda rule: rule["priority"])

    def service(self, method: str, path: str, *headers: str) -> str:
        """Name of the function that gets the request."""
        for rule in self.rules:
            if any(_matches(match, method, path, {h.lower() for h in headers}) for match in rule["match_rules"]):
                return str(rule["service"]).rpartition("/")[2]
        return str(self.matcher["default_service"]).rpartition("/")[2]

    def predicates(self) -> Iterator[tuple[str, str]]:
        """Kind and value of every path and header predicate."""
        for rule in self.rules:
            for match in rule["match_rules"]:
                yield from ((k, match[k]) for k in match if k != "header_matches")
                yield from (("header", h["header_name"]) for h in match.get("header_matches", []))


def _matches(match: Mapping[str, Any], method: str, path: str, headers: set[str]) -> bool:
    for header in match.get("header_matches", []):
        if header["header_name"] == ":method":
            if header["exact_match"] != method:
                return False
        elif (header["header_name"].lower() in headers) != header["present_match"]:
            return False
    if "full_path_match" in match:
        return bool(match["full_path_match"] == path)
    if "prefix_match" in match:
        return path.startswith(match["prefix_match"])
    # `*` stands for one segment, `**` for what remains.
    pattern = re.escape(match["path_template_match"]).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
    return re.fullmatch(pattern, path) is not None


def routes(plan: Plan, manifest: Manifest) -> Iterator[str]:
    """Each route of the manifest leads to its function, or to its domain's, under every prefix."""
    edge, without = UrlMap(plan), overflow({**manifest})
    for name, entry in manifest.items():
        whole = f"{entry['domain'].replace('_', '-')}-all"
        for number, route in enumerate(entry["routes"]):
            for prefix in PREFIXES:
                path = prefix + re.sub(r"\{\w+\}", "5e4d7f6c-0b8e-4a53-9c44-7f0f3f1f2a10", route["path"])
                got = edge.service(route["method"], path)
                own = number == 0 and prefix == PREFIXES[0] and name not in without
                if entry["kind"] not in PUBLIC:
                    if got in {name, whole}:
                        yield f"{route['method']} {path} leads to the worker {got}"
                elif got not in ({name} if own else {name, whole}):
                    yield f"{route['method']} {path} leads to {got}"
                elif (again := edge.service("HEAD", path)) != whole:
                    yield f"HEAD {path} leads to {again}"


def limits(plan: Plan) -> Iterator[str]:
    """The map is within what a global load balancer takes."""
    edge = UrlMap(plan)
    found = list(edge.predicates())
    templates = [value for kind, value in found if kind == "path_template_match"]
    if len(templates) > 90:
        yield f"{len(templates)} path templates"
    yield from (f"{t} has more than five operators" for t in templates if t.count("/*") > 5)
    if len(found) > 1000 or len(edge.rules) > 1000:
        yield f"{len(found)} predicates in {len(edge.rules)} rules"
    if len({rule["priority"] for rule in edge.rules}) != len(edge.rules):
        yield "two rules have the same priority"
