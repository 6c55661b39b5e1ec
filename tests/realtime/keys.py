"""Keys for tests that need no cloud."""

import tempfile
from pathlib import Path

from shared.store.crypto import Sealer
from shared.store.keys import Keyring
from tools.keys import main

_FOLDER = Path(tempfile.mkdtemp(prefix="keys"))
main(["create", str(_FOLDER)])
SEALER = Sealer(Keyring(_FOLDER, ""))
