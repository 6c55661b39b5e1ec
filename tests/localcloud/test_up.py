"""The supervisor: what is started, what a person is told, and that nothing is left behind however it ends."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.data_dir import DataDir
from localcloud.environment import Ports, environment
from localcloud.ports import PortError, choose, usable
from localcloud.services import Service, Step, everything
from localcloud.supervisor import TAIL_LINES
from shared.config import Settings, load, variable
from tests.localcloud.running import ROOT, until
from tests.localcloud.stand_ins import World, alive, wait_for_line

PORTS = Ports(
    api=8080, console=4000, firestore=20001, tasks=20002, storage=20003, smtp=20004, vendors=20005, clamd=20006
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def up(*arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return command("up", *arguments, environ=environ)


def command(*arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "FIRESTORE_EMULATOR_HOST"}
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=ROOT,
        env={**inherited, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


# Start and stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_services_start_in_order_and_stop_the_other_way_round(world: World, number: signal.Signals) -> None:
    with world.run(world.service("store"), world.service("queue"), world.service("web", "web", health="/health")) as it:
        said = wait_for_line(it, "all is up")
        assert world.events == ["started store", "started queue", "started web"]
        record = json.loads((world.data / "run.json").read_text())
        assert record["pid"] == it.pid
        assert [(each["name"], each["state"]) for each in record["services"]] == [
            ("store", "ready"), ("queue", "ready"), ("web", "ready"),
        ]  # fmt: skip
        assert {each["pid"] for each in record["services"]} == set(world.living())

        it.send_signal(number)
        code, rest = world.said_by_the_end(it)

    assert code == 0
    assert world.events[3:] == ["stopped web", "stopped queue", "stopped store"]
    assert world.living() == []
    assert not (world.data / "run.json").exists()
    assert [line.split(" in ")[0] for line in said.splitlines()] == [
        "starting store … ready", "starting queue … ready", "starting web … ready", "all is up",
    ]  # fmt: skip
    assert rest.strip() == "stopping web, queue, store … stopped"


def test_what_a_service_started_ends_with_it(world: World) -> None:
    with world.run(world.service("store", "family")) as it:
        wait_for_line(it, "all is up")
        assert len(world.living()) == 2
        it.send_signal(signal.SIGINT)
        assert world.said_by_the_end(it)[0] == 0
    assert world.living() == []


def test_a_service_that_ignores_sigterm_is_killed_at_once_on_a_second_ctrl_c(world: World) -> None:
    with world.run(world.service("store"), world.service("mule", "stubborn")) as it:
        wait_for_line(it, "all is up")
        it.send_signal(signal.SIGINT)
        # Unbuffered, since the line is not complete yet.
        said = ""
        while "stopping" not in said:
            said += it.stdout.read(1)
        it.send_signal(signal.SIGINT)
        code, _ = world.said_by_the_end(it)
    assert code == 0
    assert world.living() == []
    assert "stopped mule" not in world.events


def test_ctrl_c_while_something_starts_ends_what_has_started(world: World) -> None:
    with world.run(world.service("store"), world.service("slow", "mute")) as it:
        until(lambda: "started slow" in world.events, "the second service starts")
        it.send_signal(signal.SIGINT)
        code, said = world.said_by_the_end(it)
    assert code == 0
    assert "all is up" not in said
    assert world.living() == []


def test_nothing_outlives_a_supervisor_that_is_killed(world: World) -> None:
    with world.run(world.service("store", "family"), world.service("mule", "family")) as it:
        wait_for_line(it, "all is up")
        assert len(world.living()) == 4
        it.kill()
        it.wait()
        until(lambda: not world.living(), "the services end")
    assert sorted(world.events[2:]) == ["stopped mule", "stopped store"]

    # And the next run has the folder and the ports, as soon as they are free.
    with world.run(world.service("store")) as it:
        wait_for_line(it, "all is up")


def test_a_new_run_waits_until_services_of_a_killed_one_have_ended(world: World) -> None:
    store = world.service("store", "slow")
    with world.run(store) as first:
        wait_for_line(first, "all is up")
        first.kill()
        first.wait()
    with world.run(store) as second:
        # The same port: it could not start while the first store held it.
        wait_for_line(second, "all is up")


# Failures


def test_a_dead_service_is_named_with_its_exit_code_and_the_end_of_its_log(world: World) -> None:
    with world.run(world.service("store"), world.service("queue", "fails")) as it:
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert "queue ended with exit code 3." in said
    assert f"The end of {world.data}/logs/queue.log:" in said
    shown = [line for line in said.splitlines() if line.startswith("  | ")]
    assert shown == [f"  | line {number}" for number in range(50 - TAIL_LINES, 50)]
    assert world.events[-1] == "stopped store"
    assert world.living() == []


def test_a_service_that_dies_later_ends_the_run(world: World) -> None:
    with world.run(world.service("store"), world.service("queue")) as it:
        wait_for_line(it, "all is up")
        record = json.loads((world.data / "run.json").read_text())
        os.kill(record["services"][1]["pid"], signal.SIGKILL)
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert "queue ended by SIGKILL." in said
    assert world.living() == []


def test_a_service_that_is_never_ready_is_reported(world: World) -> None:
    deaf = world.service("deaf", "mute", deadline=0.5)
    with world.run(deaf) as it:
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert f"deaf was not ready within 0.5 s: it has not printed 'deaf: listening on 127.0.0.1:{deaf.port}'" in said

    web = world.service("web", "web", health="/other", deadline=2.0)
    with world.run(web) as it:
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert f"web was not ready within 2 s: GET http://127.0.0.1:{web.port}/other answers 404" in said


def test_a_program_that_does_not_exist_is_reported(world: World) -> None:
    with world.run(Service("ghost", ("/nowhere/ghost",), 20_000)) as it:
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert "ghost ended with exit code 127." in said
    assert "/nowhere/ghost cannot be started: No such file or directory" in said


# Steps


def python(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def test_a_step_shows_its_progress_and_runs_once(world: World) -> None:
    step = Step("seed", "seeding", python("print('20 providers')\nprint('8 patients')"), progress=True, once="seeded")
    with world.run(world.service("store"), step) as it:
        said = wait_for_line(it, "all is up")
    assert "seeding … \n  20 providers\n  8 patients\n  done in " in said

    with world.run(world.service("store"), step) as it:
        said = wait_for_line(it, "all is up")
    assert "seeding" not in said


def test_a_step_that_fails_ends_the_run_and_is_tried_again(world: World) -> None:
    broken = Step("seed", "seeding", python("import sys; print('half'); sys.exit('no database')"), once="seeded")
    with world.run(world.service("store"), broken) as it:
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert "seeding failed: seed ended with exit code 1." in said
    assert "  | no database" in said
    assert world.living() == []

    fine = Step("seed", "seeding", python("pass"), once="seeded")
    with world.run(world.service("store"), fine) as it:
        assert "seeding … done in" in wait_for_line(it, "all is up")


def test_a_service_that_dies_during_a_step_ends_the_run(world: World) -> None:
    step = Step("seed", "seeding", python("import time; time.sleep(600)"))
    with world.run(world.service("store"), step) as it:
        until((world.data / "logs" / "seed.log").exists, "the step starts")
        os.kill(world.living()[0], signal.SIGKILL)
        code, said = world.said_by_the_end(it)
    assert code == 1
    assert "store ended by SIGKILL." in said


# The data folder


def test_a_second_run_on_the_same_folder_is_refused(world: World) -> None:
    with world.run(world.service("store")) as it:
        wait_for_line(it, "all is up")
        second = up("--data-dir", str(world.data))
        assert second.returncode == 1
        assert f"localcloud already runs on {world.data} (process {it.pid}); stop it first" in second.stderr
        assert second.stdout == ""


@pytest.mark.parametrize("name", ["thesis.txt", "keys"])
def test_a_folder_that_localcloud_did_not_make_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    for _ in range(2):
        refused = up("--data-dir", str(tmp_path), "--reset")
        assert refused.returncode == 1
        assert f"{tmp_path} holds files that are not localcloud's" in refused.stderr
        assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_reset_empties_only_what_localcloud_made(tmp_path: Path) -> None:
    first = DataDir(tmp_path / "new")
    first.hold()
    for name in ("firestore", "keys", "logs"):
        (first.path / name).mkdir()
        (first.path / name / "content").touch()
    (first.path / "seeded").touch()
    (first.path / "notes.txt").touch()
    first.reset()
    assert {entry.name for entry in first.path.iterdir()} == {"localcloud.lock", "services.lock", "notes.txt"}
    first.release()


# Ports


@pytest.mark.parametrize(("option", "address"), [("--port", "127.0.0.1"), ("--smtp-port", "0.0.0.0")])
def test_a_taken_port_is_a_sentence_before_anything_starts(tmp_path: Path, option: str, address: str) -> None:
    with socket.create_server((address, 0)) as other:
        port = other.getsockname()[1]
        refused = up("--port", "0", "--console-port", "0", option, str(port), "--data-dir", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert refused.stderr == f"localcloud: port {port} is taken by another program; choose another with {option}\n"
    assert refused.stdout == ""
    assert not (tmp_path / "data" / "logs").exists()


def test_one_port_for_two_services_is_refused(tmp_path: Path) -> None:
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    refused = up("--port", str(port), "--console-port", str(port), "--data-dir", str(tmp_path))
    assert refused.returncode == 1
    assert f"port {port} is asked for twice; choose another with --console-port" in refused.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    refused = up(f"--port={port}")
    assert refused.returncode == 2
    assert "a port is a number from 0 (any free one) to 65535" in refused.stderr


def test_chosen_ports_are_kept_where_they_are_free() -> None:
    first = choose(Ports(0, 0, 0, 0, 0, 0), {})
    assert len(set(asdict(first).values())) == len(asdict(first))
    assert choose(Ports(0, 0, 0, 0, 0, 0), asdict(first)) == first

    with socket.create_server(("127.0.0.1", first.tasks)):
        assert not usable(first.tasks)
        moved = choose(Ports(0, 0, 0, 0, 0, 0), asdict(first))
        with pytest.raises(PortError):
            choose(Ports(0, 0, 0, first.tasks, 0, 0), {})
    assert moved.tasks != first.tasks
    assert {**asdict(moved), "tasks": 0} == {**asdict(first), "tasks": 0}


# What production code is told


def test_the_environment_is_one_that_the_settings_accept(tmp_path: Path) -> None:
    variables = environment(PORTS, tmp_path)
    settings = load(variables)
    known = {variable(field) for field in Settings.model_fields} | {"FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"}
    assert variables.keys() <= known
    assert settings.environment == "local"
    assert settings.worker_url == "http://127.0.0.1:8080/tasks/{target}"
    assert settings.smtp_port == 20004
    assert settings.keyset_dir == str(tmp_path / "keys")
    assert settings.oidc_certs_url.startswith(settings.cloud_tasks_url)


def test_another_firestore_is_used_instead_of_our_own(tmp_path: Path) -> None:
    assert environment(PORTS, tmp_path)["FIRESTORE_EMULATOR_HOST"] == "127.0.0.1:20001"
    assert environment(PORTS, tmp_path, "emulator:8900")["FIRESTORE_EMULATOR_HOST"] == "emulator:8900"

    def names(**options: bool) -> list[str]:
        return [item.name for item in everything(PORTS, tmp_path, **options)]

    assert names() == [
        "firestore",
        "storage",
        "smtp",
        "vendors",
        "clamd",
        "tasks",
        "console",
        "keys",
        "functions",
        "workers",
        "api",
        "seed",
    ]
    assert names(own_firestore=False) == names()[1:]
    assert names(seed=False) == names()[:-1]
    # What somebody else's Firestore still holds is not ours to know.
    assert everything(PORTS, tmp_path)[-1].once == "seeded"
    assert everything(PORTS, tmp_path, own_firestore=False)[-1].once is None


def test_another_firestore_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).firestore
    refused = up("--data-dir", str(tmp_path / "data"), environ={"FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{port}"})
    assert refused.returncode == 1
    assert f"FIRESTORE_EMULATOR_HOST is set to 127.0.0.1:{port}, but nothing answers there" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_env_and_status_need_a_running_cloud(tmp_path: Path) -> None:
    for name in ("env", "status"):
        refused = command(name, "--data-dir", str(tmp_path / "data"))
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert f"no localcloud runs on {tmp_path / 'data'}; start it with python -m localcloud up" in refused.stderr
    assert not (tmp_path / "data").exists()


@pytest.fixture
def running(world: World) -> Iterator[World]:
    """A folder on which a supervisor of stand-ins runs, with the record that `up` leaves."""
    with world.run(world.service("store"), world.service("queue")) as it:
        wait_for_line(it, "all is up")
        record = json.loads((world.data / "run.json").read_text())
        DataDir(world.data).write_run({**record, "ports": asdict(PORTS), "firestoreHost": None})
        yield world


def test_env_gives_a_shell_what_a_program_needs(running: World) -> None:
    shell = (
        f'eval "$({shlex.join([sys.executable, "-m", "localcloud", "env", "--data-dir", str(running.data)])})"; env -0'
    )
    printed = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seen = dict(entry.split("=", 1) for entry in printed.split("\0") if "=" in entry)
    expected = environment(PORTS, running.data)
    assert {name: seen.get(name) for name in expected} == expected


def test_status_lists_services_and_says_which_do_not_answer(running: World) -> None:
    listed = command("status", "--data-dir", str(running.data))
    assert listed.returncode == 0
    rows = {line.split()[0]: line for line in listed.stdout.splitlines()[2:]}
    assert "  ready  " in rows["store"]
    assert str(running.data / "logs" / "queue.log") in rows["queue"]

    record = json.loads((running.data / "run.json").read_text())
    record["services"][1]["port"] = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
    DataDir(running.data).write_run(record)
    assert "not answering" in command("status", "--data-dir", str(running.data)).stdout


def test_a_record_that_a_killed_run_left_is_not_taken_for_a_running_one(world: World) -> None:
    with world.run(world.service("store")) as it:
        wait_for_line(it, "all is up")
        it.kill()
        # Not waited for: a zombie still has its process id, and a container's first process may never collect it.
        until(lambda: not alive(it.pid), "the supervisor dies")
        assert DataDir(world.data).running() is None
    assert (world.data / "run.json").exists()
    assert DataDir(world.data).running() is None


# The real thing


def test_the_whole_cloud_runs_and_keeps_its_ports_and_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    arguments = [
        sys.executable,
        "-m",
        "localcloud",
        "up",
        "--port=0",
        "--console-port=0",
        "--no-seed",
        f"--data-dir={data}",
    ]
    inherited = {name: value for name, value in os.environ.items() if name != "FIRESTORE_EMULATOR_HOST"}

    def run(signals: signal.Signals) -> dict[str, Any]:
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=inherited, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        with process:
            try:
                said = wait_for_line(process, "Ctrl-C stops all of it.")
                record: dict[str, Any] = json.loads((data / "run.json").read_text())
                assert f"http://localhost:{record['ports']['api']}/api/v1" in said
                assert f"http://localhost:{record['ports']['console']}" in said
                health = httpx.get(f"http://127.0.0.1:{record['ports']['api']}/api/v1/health", trust_env=False)
                assert health.status_code == 200
                listed = httpx.get(
                    f"http://127.0.0.1:{record['ports']['console']}/api/services", trust_env=False
                ).json()
                assert [each["name"] for each in listed if each["answers"]] == [
                    "firestore", "storage", "smtp", "vendors", "clamd", "tasks", "console", "functions", "workers",
                    "api",
                ]  # fmt: skip
                process.send_signal(signals)
                process.communicate(timeout=60)
                if signals != signal.SIGKILL:
                    assert process.returncode == 0
            finally:
                process.kill()
        for name in record["ports"]:
            until(lambda name=name: usable(record["ports"][name]), f"the port of {name} is free")
        return record

    killed = run(signal.SIGKILL)
    key = (data / "storage" / "service-account.json").read_text()
    assert run(signal.SIGINT)["ports"] == killed["ports"]
    assert (data / "storage" / "service-account.json").read_text() == key
