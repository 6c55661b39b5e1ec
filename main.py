"""Entry point of every function: `FUNCTION_TARGET=record_vitals` imports only `functions/patients/record_vitals.py`.

Names are resolved when they are asked for (PEP 562), so a function pays for no module but its own. Two kinds of
target serve many endpoints from one process: `everything` (localcloud) and `<domain>_all` (aliases and overflow
behind the load balancer); both hand each request to the same functions.
"""

import gc
from functools import cache
from pathlib import Path
from typing import Any

# Collecting while modules load finds next to nothing and takes 9 % of a cold start's processor time; the pipeline
# switches it on again behind the first answer.
gc.disable()

_ROOT = Path(__file__).parent


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        from shared.config import settings
        from shared.logs import configure

        configure(settings().log_level)
        if name == "everything" or name.endswith("_all"):
            from shared.http.dispatcher import dispatcher

            return dispatcher("" if name == "everything" else name.removesuffix("_all"))
        return load(name)
    except AttributeError as hidden:
        # functions-framework asks with hasattr(), which would turn this into "target not found".
        raise ImportError(f"{name} cannot be imported: {hidden}") from hidden


@cache
def load(name: str) -> Any:
    """The endpoint function called `name`, from the one file of that name."""
    import importlib

    files = list(_ROOT.glob(f"functions/*/{name}.py"))
    if len(files) != 1:
        raise ImportError(f"there is no function {name!r}" if not files else f"{name!r} is defined twice")
    module = importlib.import_module(f"functions.{files[0].parent.name}.{name}")
    return getattr(module, name)
