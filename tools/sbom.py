"""Write what an environment consists of, as a CycloneDX 1.6 document.

    python tools/sbom.py FILE

Run by the interpreter of the environment it describes: the Dockerfile does so for the packages of the image, before
nothing can be installed any more. Needs nothing but the standard library. The same packages give the same document, so
that two builds can be compared; it carries no time for that reason.
"""

import json
import platform
import re
import sys
import uuid
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

#: Namespace of serial numbers (random, once).
_NAMESPACE = uuid.UUID("6b3f1f0e-5a86-4f0e-9a43-0e0f2f6a7d51")
_PRODUCT = "consentmd"


def document(packages: list[Distribution]) -> dict[str, Any]:
    """The CycloneDX document of `packages`."""
    by_name = {_normal(package.name): package for package in packages}
    components = [_component(by_name[name]) for name in sorted(by_name)]
    # What each needs, of what is there: extras and other platforms' needs are not.
    needs = {name: sorted(_needs(package) & by_name.keys()) for name, package in by_name.items()}
    needed = {other for others in needs.values() for other in others}
    product = {"type": "application", "bom-ref": _PRODUCT, "name": _PRODUCT}
    body: dict[str, Any] = {
        "metadata": {
            "component": product,
            "tools": {"components": [{"type": "application", "name": "consentmd tools/sbom.py"}]},
            "properties": [{"name": "python", "value": platform.python_version()}],
        },
        "components": components,
        "dependencies": [
            {"ref": _PRODUCT, "dependsOn": [_purl(by_name[n]) for n in sorted(by_name.keys() - needed)]},
            *(
                {"ref": _purl(by_name[name]), "dependsOn": [_purl(by_name[n]) for n in needs[name]]}
                for name in sorted(by_name)
            ),
        ],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(body, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        **body,
    }


def _component(package: Distribution) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": _normal(package.name),
        "version": package.version,
        "purl": _purl(package),
    }
    told = package.metadata
    if "License-Expression" in told:
        made["licenses"] = [{"expression": told["License-Expression"]}]
    elif name := _license(told.get_all("Classifier") or [], (told.get_all("License") or [""])[0]):
        made["licenses"] = [{"license": {"name": name}}]
    return made


def _license(classifiers: list[str], text: str) -> str:
    named = [c.rsplit(" :: ", 1)[-1] for c in classifiers if c.startswith("License :: ") and not c.endswith("Approved")]
    # Some put the whole text where the name belongs.
    return ", ".join(named) or (text.strip() if len(text.splitlines()) == 1 and len(text) < 100 else "")


def _needs(package: Distribution) -> set[str]:
    found = set()
    for requirement in package.requires or []:
        name = re.match(r"[\w.-]+", requirement)
        if name and "extra ==" not in requirement.partition(";")[2]:
            found.add(_normal(name[0]))
    return found - {_normal(package.name)}


def _purl(package: Distribution) -> str:
    return f"pkg:pypi/{_normal(package.name)}@{package.version}"


def _normal(name: str) -> str:
    """PEP 503's normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: list[str]) -> int:
    """Write the document of the running environment."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found = document(list(distributions()))
    Path(arguments[0]).write_text(json.dumps(found, indent=2) + "\n")
    print(f"{len(found['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
