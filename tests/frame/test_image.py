"""The image: its steps run into a folder, and rules for the Dockerfile that no build would complain about."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.stack import end, wait_until_it_listens
from tests.client import Answer, check, refused
from tools.image import ROOT, Image, ImageError, build, let_in, steps

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORE = (ROOT / ".dockerignore").read_text()

# Root may write what it owns whatever the permissions say, unless it gives that power up (capabilities(7)): then
# read-only files are read-only for it, too. Elsewhere the user is not root and needs nothing of this.
WITHOUT_POWER = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
if os.geteuid() == 0 and sys.platform == "linux":
    if ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) != 0:
        sys.exit("the capability cannot be given up")
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The folder of the image, which nobody may write to."""
    built = build(tmp_path_factory.mktemp("image") / "build")
    everything = [built.root, *built.root.rglob("*")]
    for path in everything:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    yield built
    for path in everything:
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)  # so that pytest can remove it


def contents(image: Image) -> dict[str, tuple[int, int]]:
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in image.root.rglob("*")}


def test_a_function_starts_from_the_image_without_writing_to_it(cloud, image, tmp_path) -> None:
    before = contents(image)
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    command, folder, environ = image.run("--target", "list_templates", "--host", "127.0.0.1", "--port", str(port))
    log = tmp_path / "function.log"
    clean = {name: value for name, value in cloud.child_environment().items() if not name.startswith("PYTHON")}
    with log.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", WITHOUT_POWER, *command], cwd=folder, env=clean | environ, stdout=sink,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_it_listens(process, port, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            answer = Answer(http.get("/templates"))
            check(answer)
            refused(answer, 401, "TOKEN_MISSING")
    finally:
        end(process, at_once=True)
    assert contents(image) == before


def test_the_folder_is_read_only_for_a_function(image) -> None:
    """The test above says nothing if its function could have written after all."""
    python = str(image.at("/venv/bin/python"))
    attempt = f"open({str(image.at('/app/written'))!r}, 'w')"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POWER, python, "-c", attempt], capture_output=True, text=True, check=False
    )
    assert "PermissionError" in done.stderr


def test_the_image_holds_the_product_and_nothing_else(image) -> None:
    shipped = {path.name for path in image.at("/app").iterdir()}
    assert shipped == {"main.py", "shared", "functions", "realtime", "infra", "docs", "requirements.txt", "__pycache__"}
    packages = next(image.at("/venv").glob("lib/python*/site-packages"))
    assert not (packages / "pytest").exists(), "test tools are not deployed"


def test_every_module_of_the_image_has_bytecode_that_is_not_checked(image) -> None:
    """Flags 1 in a .pyc: by hash, unchecked (PEP 552). Without bytecode a cold start takes more than twice as long."""
    packages = next(image.at("/venv").glob("lib/python*/site-packages"))
    sources = [
        p for folder in (image.at("/app"), packages / "google", packages / "flask") for p in folder.rglob("*.py")
    ]
    assert len(sources) > 100
    tag = sys.implementation.cache_tag
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
        assert compiled.exists(), source
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1, source


# Rules


def problems(dockerfile: str, let: list[str]) -> list[str]:
    """What is wrong with a Dockerfile whose build is given the files `let`."""
    found: list[str] = []
    stage: list = []
    stages = []
    before: dict[str, str] = {}
    for step in steps(dockerfile):
        if step.keyword == "FROM":
            stage = []
            stages.append((step, stage))
        elif not stages:
            before |= [step.rest.split("=", 1)] if step.keyword == "ARG" and "=" in step.rest else []
        else:
            stage.append(step)
    base = before.get("BASE", "")
    if not re.search(r":\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$", base):
        found.append("the base is an argument BASE with a version, so that a deployment can pin its digest")
    if any(step.arguments[0] != "${BASE}" for step, _ in stages):
        found.append("every stage starts from ${BASE}")
    for step in steps(dockerfile):
        if step.keyword == "ADD":
            found.append("ADD fetches and unpacks; use COPY")
        if step.keyword in {"ARG", "ENV"} and re.search(r"(SECRET|PASSWORD|TOKEN|PRIVATE|_KEY)\w*=", step.rest):
            found.append(f"a secret does not belong into an image: {step.rest.split('=')[0]}")
        if step.keyword == "RUN" and "pip install" in step.rest and "--require-hashes" not in step.rest:
            found.append("packages are installed by hash")
        if step.keyword == "RUN" and re.search(r"(curl|wget)\b|\bsudo\b", step.rest):
            found.append("nothing is fetched past the requirements")
        if step.keyword == "COPY" and "from" not in step.options:
            for source in step.arguments[:-1]:
                name = source.removeprefix("./").rstrip("/")
                if name == "." or not any(file == name or file.startswith(f"{name}/") for file in let):
                    found.append(f"COPY {source} is not what .dockerignore lets in")
    last = stages[-1][1] if stages else []
    users = [step.rest for step in last if step.keyword == "USER"]
    if not users or not users[-1].isdigit() or users[-1] == "0":
        found.append("the image runs as a user with a number that is not root's")
    if any(step.keyword == "RUN" and re.search(r"\b(pip|apt|apt-get|apk)\b", step.rest) for step in last):
        found.append("the last stage installs nothing")
    if not any(step.keyword == "ENV" and "PYDANTIC_DISABLE_PLUGINS=__all__" in step.words for step in last):
        found.append("no package of the image may hook itself into validation, nor is any looked for")
    commands = [step for step in last if step.keyword == "CMD"]
    if len(commands) != 1 or not commands[0].rest.startswith("["):
        found.append("one CMD, in its JSON form, so that signals reach the server")
    if dockerfile.count("--invalidation-mode unchecked-hash") != 2:
        found.append("packages and product are compiled, without checks against their sources")
    return found


def test_the_dockerfile_keeps_the_rules() -> None:
    assert problems(DOCKERFILE, let_in(IGNORE, ROOT)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("BASE=python:3.12-slim", "BASE=python:latest", "a version"),
        ("FROM ${BASE} AS build", "FROM python:3.12 AS build", "every stage"),
        ("USER 10001", "USER root", "not root's"),
        ("USER 10001\n", "", "not root's"),
        ("ENV PATH", "ENV JWT_SECRET=x PATH", "secret"),
        ("COPY shared ./shared", "COPY . .", "COPY ."),
        ("COPY shared ./shared", "COPY tests ./tests", "COPY tests"),
        ("--require-hashes ", "", "by hash"),
        (" PYDANTIC_DISABLE_PLUGINS=__all__", "", "hook itself"),
        ('CMD ["functions-framework", "--source", "main.py"]', "CMD functions-framework --source main.py", "JSON form"),
        ("RUN useradd", "RUN apt-get install -y vim && useradd", "installs nothing"),
        ("RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app\n", "", "compiled"),
    ],
)
def test_a_dockerfile_that_breaks_a_rule_is_found(old, new, problem) -> None:
    assert old in DOCKERFILE
    assert any(problem in text for text in problems(DOCKERFILE.replace(old, new), let_in(IGNORE, ROOT)))


def test_only_the_product_reaches_a_build() -> None:
    inside = let_in(IGNORE, ROOT)
    assert {name.split("/")[0] for name in inside} == {
        "requirements.txt", "main.py", "shared", "functions", "realtime", "infra", "docs", "tools"
    }  # fmt: skip
    named = [n for n in inside if n.startswith(("infra", "docs", "tools"))]
    assert named == ["docs/openapi.json", "infra/functions.json", "tools/sbom.py"]
    assert not [name for name in inside if "__pycache__" in name]


def test_a_step_that_cannot_be_run_into_a_folder_is_refused(tmp_path) -> None:
    (tmp_path / ".dockerignore").write_text("*\n")
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\nHEALTHCHECK CMD true\n")
    with pytest.raises(ImageError, match="HEALTHCHECK"):
        build(tmp_path / "into", root=tmp_path)


@pytest.mark.parametrize("step", ["rm -rf /usr/local/lib/x", "rm /venv/a /etc/passwd", "true && rm -r /opt"])
def test_a_step_that_would_change_this_machine_is_refused(tmp_path, step) -> None:
    (tmp_path / ".dockerignore").write_text("*\n")
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.12\nWORKDIR /app\nRUN {step}\n")
    with pytest.raises(ImageError, match="not the image's own"):
        build(tmp_path / "into", root=tmp_path)


def test_the_image_lists_its_packages(image) -> None:
    """CycloneDX: each package of the image by name and version, and nothing that is not in it."""
    listed = json.loads(image.at("/venv/sbom.cdx.json").read_text())
    packages = next(image.at("/venv").glob("lib/python*/site-packages"))
    there = {p.name.removesuffix(".dist-info").rsplit("-", 1)[1] for p in packages.glob("*.dist-info")}
    assert {c["name"] for c in listed["components"]} >= {"functions-framework", "google-cloud-firestore", "tink"}
    assert len(listed["components"]) == len(list(packages.glob("*.dist-info")))
    assert {c["version"] for c in listed["components"]} == there
    assert not image.at("/venv/sbom.py").exists()


def test_the_image_can_install_nothing(image) -> None:
    """No pip in its environment; the base's is taken out by the last stage, which only a real build can do."""
    packages = next(image.at("/venv").glob("lib/python*/site-packages"))
    assert not list(packages.glob("pip*"))
    last = [step for step in steps(DOCKERFILE) if step.keyword == "RUN"][-1]
    assert "rm -rf /usr/local/lib/python3.*/site-packages/*" in last.rest


def test_a_copy_of_what_is_kept_out_is_refused(tmp_path) -> None:
    (tmp_path / ".dockerignore").write_text("*\n")
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\nWORKDIR /app\nCOPY secret.txt ./\n")
    with pytest.raises(ImageError, match=re.escape("secret.txt")):
        build(tmp_path / "into", root=tmp_path)
