"""Tables, on the terminal and in docs/performance.md, and what machine they were made on."""

import os
import platform
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BEGIN = "<!-- measured: begin (written by python -m tools.bench) -->"
END = "<!-- measured: end -->"


@dataclass(frozen=True)
class Table:
    """Rows under heads; all cells are text."""

    heads: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        """Aligned columns for a terminal."""
        lines = [self.heads, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.heads))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)

    def markdown(self) -> str:
        """The same as a Markdown table."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True)
class Section:
    """One measurement: what it is, what came out, and which endpoints are over their budget."""

    title: str
    about: str
    table: Table
    over: list[str]

    @property
    def verdict(self) -> str:
        """One line: everything is within budget, or how many are not and which."""
        if not self.over:
            return "Everything is within budget."
        return f"Over budget: {len(self.over)}. {'; '.join(self.over)}"

    def text(self) -> str:
        """For a terminal."""
        return f"\n{self.title}\n\n{self.table.text()}\n\n{self.verdict}\n"

    def markdown(self) -> str:
        """For the page."""
        return f"### {self.title}\n\n{self.about}\n\n{self.verdict}\n\n{self.table.markdown()}\n"


def machine() -> str:
    """Processor, cores, system and Python of this machine, in one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE)):
        model = found[1].strip()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {platform.system()} {platform.machine()}, Python {sys.version.split()[0]}"


def write(page: Path, sections: list[Section], *, whole: bool = False) -> None:
    """Put `sections` between the marks of `page` (made if it is missing): each in place of what was measured before.

    What was measured earlier and is not measured now stays, with its day and machine; unless this is the `whole`.
    """
    stamp = f"Measured {datetime.now(UTC).date().isoformat()} on: {machine()}."
    text = page.read_text() if page.exists() else f"{INTRODUCTION}\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    measured, _, after = rest.partition(END)
    kept = {} if whole else _blocks(measured)
    made = kept | {section.title: f"{section.markdown().rstrip()}\n\n{stamp}\n" for section in sections}
    page.write_text(before + "\n".join([BEGIN, "", *made.values(), END]) + after)


def _blocks(text: str) -> dict[str, str]:
    """What stands under each heading, by its title."""
    found = re.split(r"^### (.+)\n", text, flags=re.MULTILINE)
    return {title: f"### {title}\n{body.rstrip()}\n" for title, body in zip(found[1::2], found[2::2], strict=True)}


INTRODUCTION = """\
# Performance

What the design promises, measured. Figures in seconds belong to the machine named below and promise nothing about
another; ratios and counts are what to compare. `make bench` measures again and rewrites the part between the marks.

| promise | budget |
| --- | --- |
| serial Firestore round trips | what each endpoint declares: 2 on hot paths, at most 3 elsewhere |
| billed reads | follow the page, not the collection |
| cold start of an endpoint that needs Firestore only | 1.35 × a bare function with a Firestore client |
| cold start of the others | 1.25 × a bare function that imports the SDKs they declare |
| CPU of a warm request | 1.5 × a bare function that makes the same Firestore calls |
| a document from the local Firestore engine | 1.5 × a bare gRPC echo of the same message |

## Measurements
"""
