"""Specialties: a taxonomy of three levels (seed 002: hierarchical categories; the fourteen of seed 004 §4.2).

A branch groups specialties (the fourteen), a subspecialty is narrower: who has one is found under its specialty and
branch too. Everything has a slug, which requests carry, and a name, which answers show.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from pydantic import Field

from shared.http.answers import Out


class Specialty(NamedTuple):
    """A node of the taxonomy; a branch has no parent."""

    slug: str
    name: str
    parent: str | None


#: Branch → specialty → subspecialties, all by name; slugs follow from names.
_TREE: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Primary Care": {
        "Family Medicine": ("Preventive Medicine", "Sports Medicine", "Geriatric Medicine"),
        "Internal Medicine": ("Endocrinology", "Gastroenterology", "Nephrology", "Pulmonology", "Rheumatology"),
        "Pediatrics": ("Neonatology", "Adolescent Medicine", "Pediatric Cardiology"),
    },
    "Medical Specialties": {
        "Cardiology": ("Interventional Cardiology", "Electrophysiology", "Heart Failure"),
        "Dermatology": ("Dermatopathology", "Cosmetic Dermatology"),
        "Neurology": ("Epilepsy", "Movement Disorders", "Stroke Medicine"),
        "Oncology": ("Hematology", "Radiation Oncology"),
    },
    "Surgical Specialties": {
        "Surgery": ("Colorectal Surgery", "Vascular Surgery", "Bariatric Surgery"),
        "Orthopedics": ("Hand Surgery", "Spine Surgery", "Joint Replacement"),
        "Ophthalmology": ("Retina", "Glaucoma"),
        "Urology": ("Urologic Oncology", "Andrology"),
        "Obstetrics & Gynecology": ("Maternal-Fetal Medicine", "Reproductive Endocrinology"),
    },
    "Mental Health": {"Psychiatry": ("Child and Adolescent Psychiatry", "Addiction Psychiatry")},
    "Diagnostics": {"Radiology": ("Interventional Radiology", "Nuclear Medicine")},
}


def _slug(name: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in name.lower()).split()
    return "_".join(words)


@cache
def taxonomy() -> Mapping[str, Specialty]:
    """Every node by slug, parents before children."""
    nodes: dict[str, Specialty] = {}
    for branch, specialties in _TREE.items():
        top = Specialty(_slug(branch), branch, None)
        nodes[top.slug] = top
        for name, narrower in specialties.items():
            middle = Specialty(_slug(name), name, top.slug)
            nodes[middle.slug] = middle
            nodes |= {_slug(n): Specialty(_slug(n), n, middle.slug) for n in narrower}
    return nodes


def node_of(text: str) -> Specialty | None:
    """The node given as slug or name in any case; None for anything else."""
    return taxonomy().get(_slug(text))


def slug_of(text: str) -> str | None:
    """The slug of a specialty or subspecialty, given as `node_of` takes it; None for anything else."""
    node = node_of(text)
    return node.slug if node is not None and node.parent is not None else None


def name_of(slug: str) -> str:
    """The name that answers show."""
    return taxonomy()[slug].name


def lineage(slug: str) -> list[str]:
    """The slug and everything above it."""
    node: Specialty | None = taxonomy().get(slug)
    found: list[str] = []
    while node is not None:
        found.append(node.slug)
        node = taxonomy()[node.parent] if node.parent else None
    return found


class SpecialtyOut(Out):
    """A node of the taxonomy with what is below it."""

    id: str = Field(description="What requests carry.", examples=["family_medicine"])
    name: str = Field(examples=["Family Medicine"])
    children: list["SpecialtyOut"] = Field(examples=[[]])


class SpecialtyTree(Out):
    """The whole taxonomy."""

    data: list[SpecialtyOut]


@cache
def tree() -> SpecialtyTree:
    """The taxonomy as answered."""
    return SpecialtyTree(data=_below(None))


def _below(parent: str | None) -> list[SpecialtyOut]:
    return [
        SpecialtyOut(id=node.slug, name=node.name, children=_below(node.slug))
        for node in taxonomy().values()
        if node.parent == parent
    ]
