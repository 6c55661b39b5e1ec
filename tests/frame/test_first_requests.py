"""The first requests of a cold process come at the same time: what they load lazily must not get into each other's way.

Python breaks a cycle of import locks by handing out a module that is not complete yet. Two threads that enter one
circular package (the SDKs are) through different modules then see an ImportError, and a client a 500.
"""

import json
import subprocess
import sys

import pytest

from localcloud.services import ROOT

# Each thread does the first thing that some request does. The short switch interval makes threads meet more often.
FIRST_STEPS = """
import json, sys, threading
sys.setswitchinterval(1e-5)
from shared import clients
from shared.emails import EmailMessage
from shared.store import Unit, new_id
from shared.store.outbox import OUTBOX_PENDING
from shared.users.documents import USERS, User
from shared.users.preference_documents import Preferences

def unit():
    return Unit(connect=clients.firestore, unlock=clients.sealer, timeout=20)

def write():
    one = unit()
    one.create(Preferences(id=new_id()))
    one.commit()

steps = [
    lambda: unit().get(User, new_id()),
    lambda: unit().find(OUTBOX_PENDING, state="pending", limit=1),
    lambda: unit().count(USERS),
    write,
    lambda: clients.storage().bucket("consentmd-local-uploads").exists(timeout=20),
    clients.google_http,
    clients.keyring,
    lambda: clients.sealer().blind("email", "a@example.org"),
]
begin, failed = threading.Barrier(len(steps)), []

def run(step):
    begin.wait()
    try:
        step()
    except Exception as problem:
        failed.append(f"{type(problem).__name__}: {problem}"[:300])

threads = [threading.Thread(target=run, args=(step,)) for step in steps]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(failed))
"""


@pytest.mark.parametrize("attempt", range(4))
def test_first_steps_of_requests_do_not_disturb_each_other(cloud, attempt) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_STEPS], cwd=ROOT, env=cloud.child_environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
