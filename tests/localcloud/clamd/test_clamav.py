"""The stand-in beside ClamAV's own daemon, where `CLAMAV_AT` says that one listens (`127.0.0.1:3310`).

It needs a signature of the EICAR file (ClamAV's own database has it, a database of that one alone will do) and
`StreamMaxLength 60M`.
"""

import os
import threading
from pathlib import Path

import pytest

from localcloud.clamd.scanner import EICAR
from localcloud.clamd.server import Clamd
from shared.files import clamd
from tests.functions.files import samples
from tests.functions.users.pictures import INFECTED, PNG
from tests.localcloud.clamd.test_clamd import said, stream

MEBIBYTE = 1024 * 1024
CONTENTS = {
    "nothing": (b"", "clean"),
    "a letter": (samples.pdf(), "clean"),
    "a picture": (PNG, "clean"),
    "a document": (samples.docx(), "clean"),
    "malware": (EICAR, "infected"),
    "a letter with malware": (samples.INFECTED_PDF, "infected"),
    "a picture with malware": (INFECTED, "infected"),
    "malware within an archive": (samples.docx(member=EICAR), "infected"),
    "too much": (bytes(64 * MEBIBYTE), "too_large"),
}
EXCHANGES = (b"zPING\0", b"nPING\n", b"zNONSENSE\0", b"zINSTREAM\0" + stream(b"good"), b"nINSTREAM\n" + stream(b""))


def test_clamav_itself_says_the_same(tmp_path: Path) -> None:
    address = os.environ.get("CLAMAV_AT", "")
    if not address:
        pytest.skip("CLAMAV_AT names no daemon to compare with")
    host, _, port = address.rpartition(":")
    stand_in = Clamd(0, tmp_path, 60 * MEBIBYTE)
    threading.Thread(target=stand_in.serve_forever, daemon=True).start()
    try:
        for name, (content, state) in CONTENTS.items():
            for at in (int(port), stand_in.port):
                assert clamd.scan(content, host=host, port=at, timeout=60).state == state, name
        for sent in EXCHANGES:
            assert said(host, int(port), sent) == said(host, stand_in.port, sent)
    finally:
        stand_in.shutdown()
        stand_in.server_close()
