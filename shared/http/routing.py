"""Routes: templates, prefixes, matching."""

import re
from functools import cache
from typing import NamedTuple

#: An endpoint answers under each of these (RESOLUTIONS: Prefix).
PREFIXES = ("/api/v1", "/api", "")

_TEMPLATE = re.compile(r"\{(\w+)(:path)?\}")


class Route(NamedTuple):
    """A method and a path template, without prefix. `{name}` takes one segment, `{name:path}` the rest."""

    method: str
    template: str

    @classmethod
    def parse(cls, text: str) -> "Route":
        """From `"POST /patients/{patientId}/vitals"`."""
        method, _, template = text.partition(" ")
        if method not in {"GET", "POST", "PUT", "PATCH", "DELETE"} or not template.startswith("/"):
            raise ImportError(f"not a route: {text!r}")
        return cls(method, template)

    @property
    def path(self) -> str:
        """The template as OpenAPI writes it."""
        return self.template.replace(":path}", "}")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its path parameters."""
        return tuple(m[0] for m in _TEMPLATE.findall(self.template))

    def match(self, path: str) -> dict[str, str] | None:
        """Path parameters if `path` (without prefix) fits."""
        found = _pattern(self.template).fullmatch(path)
        return found.groupdict() if found else None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts, last = [], 0
    for found in _TEMPLATE.finditer(template):
        parts.append(re.escape(template[last : found.start()]))
        parts.append(f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})")
        last = found.end()
    return re.compile("".join(parts) + re.escape(template[last:]))


def bare(path: str) -> str:
    """`path` without its prefix and without a slash at the end."""
    for prefix in PREFIXES:
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            path = path[len(prefix) :]
            break
    return path.rstrip("/") or "/"
