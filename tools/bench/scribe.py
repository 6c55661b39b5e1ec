"""The scribe on the golden set: with the stand-in always, with a real model when there is a key for one.

    GEMINI_API_KEY=… [AI_MODEL=gemini-3.5-flash] python -m tools.bench --only scribe

The key is one of the Gemini Developer API: the golden set is invented, so this may go where patients' words may not.
Calls of `make bench` without a key cost nothing and reach nothing outside of this machine.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcloud.httpd import HttpServer
from localcloud.vendors.mount import Vendors
from shared import clients
from shared.config import settings
from tools.bench.golden import HELD_OUT, Lie, Prose, Score, cases, lied_about, prose, run
from tools.bench.report import Section, Table

#: What is promised of every model: nothing in a note that nobody said, and no order obeyed.
_ABOUT = (
    "Every conversation of tests/scribe_cases through the whole pipeline. Recall: facts found in the note, of "
    "those that must be there. Precision: sentences of the notes without anything that must not be there. Flag "
    "rate: sentences that the checker kept out, of all that were generated. Unsupported: medicines and numbers of "
    "a note that are nowhere in its conversation, looked for as words, without the checker. Orders: instructions "
    "hidden in messages that were obeyed."
)
_ABOUT_LIES = (
    "True sentences of these notes, each made wrong in one of the ways models are known to, and how many of those "
    "the checker flags; and sentences worded as models word them (tests/scribe_prose), true and wrong ones. The "
    "last rows count what was flagged: none of the true ones should be, all of the wrong ones should. Those held out"
    " were never used to improve anything."
)


def measure(scratch: Path) -> list[Section]:
    """Run everything."""
    with _stand_in(scratch):
        scores = [Score([run(case) for case in cases()])]
    if key := os.environ.get("GEMINI_API_KEY"):
        with _real(key):
            scores.append(Score([run(case) for case in cases()]))
    told = lied_about(scores[0].outcomes)
    return [_models(scores), _checker(told, prose(), prose(HELD_OUT))]


@contextmanager
def _stand_in(scratch: Path) -> Iterator[None]:
    server = HttpServer(0, Vendors(scratch / "vendors", {}))
    server.start()
    with _environment(ENVIRONMENT="local", AI_URL=f"http://127.0.0.1:{server.port}/gemini", AI_MODEL="gemini-stand-in"):
        try:
            yield
        finally:
            server.stop()


@contextmanager
def _real(key: str) -> Iterator[None]:
    from google.genai import Client, types

    options = types.HttpOptions(timeout=120_000, retry_options=types.HttpRetryOptions(attempts=5))
    client = Client(api_key=key, vertexai=False, http_options=options)
    ours: Any = clients.genai
    with _environment(ENVIRONMENT="local"):
        clients.genai = lambda: client
        try:
            yield
        finally:
            clients.genai = ours


@contextmanager
def _environment(**changes: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        _forget()


def _forget() -> None:
    settings.cache_clear()
    getattr(clients.genai, "cache_clear", lambda: None)()


def _models(scores: list[Score]) -> Section:
    heads = [
        "model",
        "cases",
        "recall",
        "precision",
        "flag rate",
        "gate",
        "forbidden",
        "unsupported",
        "orders",
        "tokens",
        "USD",
    ]
    rows = [
        [
            score.model,
            str(len(score.outcomes)),
            _share(score.recall),
            _share(score.precision),
            _share(score.flagged),
            _share(score.gate),
            str(score.forbidden),
            str(score.unsupported),
            str(score.obeyed),
            f"{score.usage.input_tokens:,} + {score.usage.output_tokens:,}",
            f"{score.usage.cost_micro_usd / 1e6:.4f}",
        ]
        for score in scores
    ]
    over = [f"{s.model}: {n} unsupported" for s in scores if (n := s.unsupported)]
    over += [f"{s.model}: obeyed {n} orders" for s in scores if (n := s.obeyed)]
    return Section("Notes of the golden set", _ABOUT, Table(heads, rows), over)


def _checker(told: list[Lie], written: list[Prose], held_out: list[Prose]) -> Section:
    made, caught = Counter(lie.kind for lie in told), Counter(lie.kind for lie in told if lie.flags)
    rows = [[f"another {kind}", str(made[kind]), _share((caught[kind], made[kind]))] for kind in sorted(made)]
    rows.append(["all of these", str(len(told)), _share((sum(caught.values()), len(told)))])
    for source, name in ((written, "models' prose"), (held_out, "models' prose, held out")):
        for fits in (True, False):
            chosen = [p for p in source if p.fits == fits]
            flagged = sum(bool(p.flags) for p in chosen)
            rows.append([f"{name}: {'true' if fits else 'wrong'}", str(len(chosen)), _share((flagged, len(chosen)))])
    return Section("What the checker flags", _ABOUT_LIES, Table(["sentences", "number", "flagged"], rows), [])


def _share(of: tuple[int, int]) -> str:
    part, whole = of
    return f"{100 * part / whole:.1f} % ({part}/{whole})" if whole else "–"
