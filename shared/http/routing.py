"""Routes: templates, prefixes, matching."""

import re
from dataclasses import dataclass
from functools import cached_property

#: An endpoint answers under each of these (RESOLUTIONS: Prefix).
PREFIXES = ("/api/v1", "/api", "")

_TEMPLATE = re.compile(r"\{(\w+)(:path)?\}")


@dataclass(frozen=True)
class Route:
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

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of its path parameters."""
        return tuple(m[0] for m in _TEMPLATE.findall(self.template))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts, last = [], 0
        for found in _TEMPLATE.finditer(self.template):
            parts.append(re.escape(self.template[last : found.start()]))
            parts.append(f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})")
            last = found.end()
        return re.compile("".join(parts) + re.escape(self.template[last:]))

    def match(self, path: str) -> dict[str, str] | None:
        """Path parameters if `path` (without prefix) fits."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


def bare(path: str) -> str:
    """`path` without its prefix and without a slash at the end."""
    for prefix in PREFIXES:
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            path = path[len(prefix) :]
            break
    return path.rstrip("/") or "/"
