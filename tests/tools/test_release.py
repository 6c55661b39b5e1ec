"""tools.release against a stand-in of gcloud: who serves what after each command."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.tools.clouds import FUNCTIONS, NAME, ROOT, VARIABLES, Deployed, image
from tools import release


@pytest.fixture
def deployed(tmp_path, monkeypatch) -> Deployed:
    made = Deployed(tmp_path)
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    return made


def done(*arguments: str) -> int:
    return release.main(arguments)


def all_on(letter: str) -> dict[str, str]:
    return dict.fromkeys(FUNCTIONS, letter)


def publish(deployed: Deployed, letter: str) -> None:
    """One release, by the steps of the pipeline."""
    assert done("hold") == 0
    deployed.apply(letter)
    assert done("shift", "--image", image(letter)) == 0
    assert done("record", "--image", image(letter)) == 0


def test_a_new_revision_waits_until_it_is_let_in(deployed) -> None:
    publish(deployed, "a")
    assert done("hold") == 0
    deployed.apply("b")
    assert deployed.serving() == all_on("a")
    assert done("shift", "--image", image("b"), "--domain", "health") == 0
    assert deployed.serving() == all_on("a") | {"health": "b", "ready": "b"}
    assert done("shift", "--image", image("b")) == 0
    assert deployed.serving() == all_on("b")


def test_what_follows_the_latest_revision_is_pinned_to_it(deployed) -> None:
    deployed.apply("a")
    assert done("hold") == 0
    assert all(s["pinned"] for name, s in deployed.state["services"].items() if name in FUNCTIONS)
    assert deployed.serving() == all_on("a")
    deployed.change(calls=[])
    assert done("hold") == 0
    assert deployed.moved() == []


def test_services_that_are_not_ours_are_left_alone(deployed) -> None:
    publish(deployed, "a")
    assert "somebody-elses" not in deployed.moved()
    assert deployed.state["services"]["somebody-elses"]["pinned"] is False


@pytest.mark.parametrize(("back", "letter"), [("1", "c"), ("2", "b"), ("3", "a")])
def test_each_of_the_last_three_releases_can_be_gone_back_to(deployed, back, letter) -> None:
    for published in "abcd":
        publish(deployed, published)
    assert done("rollback", "--to", back) == 0
    assert deployed.serving() == all_on(letter)
    assert release.releases(release.Place.of(VARIABLES))[0] == image(letter)
    assert done("rollback", "--to", "1") == 0
    assert deployed.serving() == all_on("d"), "and back again"


@pytest.mark.parametrize("back", ["4", "-1"])
def test_a_release_that_is_not_kept_is_refused(deployed, capsys, back) -> None:
    for published in "abcde":
        publish(deployed, published)
    deployed.change(calls=[])
    assert done("rollback", "--to", back) == 1
    assert "There are 3 releases to go back to" in capsys.readouterr().err
    assert deployed.moved() == []


def test_a_failed_release_is_undone_by_going_back_to_the_present_one(deployed) -> None:
    publish(deployed, "a")
    done("hold")
    deployed.apply("b")
    done("shift", "--image", image("b"), "--domain", "health")
    assert done("rollback", "--to", "0") == 0
    assert deployed.serving() == all_on("a")
    assert release.releases(release.Place.of(VARIABLES)) == [image("a")]


def test_a_function_the_earlier_release_did_not_have_stays(deployed) -> None:
    publish(deployed, "a")
    done("hold")
    deployed.apply("b", {**FUNCTIONS, "new-one": "patients"})
    done("shift", "--image", image("b"))
    done("record", "--image", image("b"))
    assert done("rollback", "--to", "1") == 0
    assert deployed.serving() == all_on("a") | {"new-one": "b"}


def test_of_two_revisions_of_an_image_the_newest_is_taken(deployed) -> None:
    """The same image with other settings: a second revision."""
    publish(deployed, "a")
    publish(deployed, "a")
    assert deployed.state["services"]["login"]["serving"] == "login-00002"


def test_functions_that_do_not_move_are_named(deployed, capsys) -> None:
    publish(deployed, "a")
    done("hold")
    deployed.apply("b")
    deployed.change(stuck=["login"])
    assert done("shift", "--image", image("b")) == 1
    said = capsys.readouterr().err
    assert "login: gcloud run services update-traffic login failed" in said
    assert "get-patient" not in said
    deployed.change(stuck=[])
    assert done("shift", "--image", image("b")) == 0
    assert deployed.serving() == all_on("b")


def test_an_image_nobody_has_applied_is_refused(deployed, capsys) -> None:
    publish(deployed, "a")
    assert done("shift", "--image", image("f")) == 1
    assert "Apply it first" in capsys.readouterr().err
    assert done("shift", "--image", f"{NAME}:latest") == 1
    assert done("record", "--image", f"{NAME}:latest") == 1


def test_a_plan_is_not_applied_when_traffic_has_moved_since(deployed, tmp_path, capsys) -> None:
    publish(deployed, "a")
    publish(deployed, "b")
    kept = str(tmp_path / "build" / "serving.json")
    assert done("hold", "--write", kept) == 0
    assert done("hold", "--expect", kept) == 0
    done("rollback", "--to", "1")
    assert done("hold", "--expect", kept) == 1
    assert "Make a new plan" in capsys.readouterr().err


def test_what_is_not_set_is_named(deployed, monkeypatch, capsys) -> None:
    monkeypatch.delenv("BUCKET")
    monkeypatch.delenv("IMAGE")
    assert done("hold") == 1
    assert "Set IMAGE, BUCKET" in capsys.readouterr().err


def test_an_outage_of_the_list_is_no_empty_list(deployed) -> None:
    """Else the next release would overwrite what can be gone back to."""
    deployed.command("gcloud", "echo unavailable >&2; exit 1")
    with pytest.raises(release.ReleaseError, match="unavailable"):
        release.releases(release.Place.of(VARIABLES))


def test_the_url_is_the_environments_host() -> None:
    assert release.Place(**dict.fromkeys(("project", "region", "image", "bucket"), "x"), environment="prod").url == (
        "https://api.consentmd.example"
    )


def test_it_needs_nothing_but_the_standard_library() -> None:
    """Its step runs in an image that has only that."""
    script = "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; import tools.release"
    subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, check=True)


# Smoke test


@pytest.fixture
def edge(cloud) -> Iterator[str]:
    """The API behind a load balancer that lets nobody reach workers."""

    class LoadBalancer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "/tasks/" in self.path:
                status, text = 404, b"fault filter abort"
            else:
                authorization = {"Authorization": self.headers["Authorization"]}
                answer = httpx.get(cloud.url + self.path, headers=authorization, timeout=30)
                status, text = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), LoadBalancer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_api_that_works_passes(edge, capsys) -> None:
    assert done("smoke", "--url", edge) == 0
    assert "answers as it should" in capsys.readouterr().out


def test_a_worker_that_can_be_reached_fails(cloud, capsys) -> None:
    """The local API has no load balancer before it."""
    assert done("smoke", "--url", cloud.url) == 1
    said = capsys.readouterr().err
    assert "/api/v1/tasks/send_email: " in said
    assert "health" not in said


def test_no_answer_at_all_fails(capsys) -> None:
    assert done("smoke", "--url", "http://127.0.0.1:9") == 1
    assert "/api/v1/health: no answer" in capsys.readouterr().err
