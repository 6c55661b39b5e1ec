"""docs/data-model.md: every stored document type, from its class."""

import re
from typing import Any

from pydantic.fields import FieldInfo

from shared.store.document import Document, Exact
from shared.store.query import REGISTRY

_HEAD = """# Data model

Generated from the document classes in `shared/`; do not edit.

One table per Firestore collection. Every document also has `schema`, its version; readers take the version before, and
`python -m tools.migrate` rewrites what is older. **Sealed** fields are AES-256-GCM ciphertext in the database, under
the keyset named; **index** fields are keyed tokens of sealed ones. Documents that are soft-deleted carry `deleted`,
`deletedAt` and `deletedBy`; queries leave them out.
"""


def data_model_page(documents: list[type[Document]]) -> str:
    """The page."""
    parts = [_HEAD]
    parts += [_collection(cls) for cls in sorted(documents, key=lambda cls: cls.collection)]
    return "\n".join(parts)


def _collection(cls: type[Document]) -> str:
    about = " ".join((cls.__doc__ or "").split())
    facts = [f"keyset `{cls.domain}`" if cls.sealed_fields() else "", f"schema {cls.schema_version}"]
    facts += [f"expires by `{cls.ttl}`" if cls.ttl else "", "soft-deleted" if cls.deletable else ""]
    rows = ["| field | type | |", "|---|---|---|"]
    for name, field in cls.model_fields.items():
        if name in {"id", "deleted", "deleted_at", "deleted_by"}:
            continue
        key = field.alias or name
        notes = ["sealed" if name in cls.sealed_fields() else "", "server time" if key in cls.stamped else ""]
        rows.append(f"| `{key}` | {_type(field)} | {', '.join(filter(None, notes))} |")
    for key, index in cls.blind.items():
        kind = "exact" if isinstance(index, Exact) else "word prefixes"
        rows.append(f"| `{key}` | {'text' if isinstance(index, Exact) else 'list of text'} | index: {kind} |")
    queries = sorted(query.name for query in REGISTRY.values() if query.document is cls)
    asked = f"\nQueries: {', '.join(f'`{name}`' for name in queries)}.\n" if queries else ""
    return f"## {cls.collection}\n\n{about} ({'; '.join(filter(None, facts))})\n\n" + "\n".join(rows) + "\n" + asked


def _type(field: FieldInfo) -> str:
    text = _named(field.annotation)
    return text.replace("|", "\\|")


def _named(annotation: Any) -> str:
    text = str(annotation) if not isinstance(annotation, type) or "[" in str(annotation) else annotation.__name__
    text = re.sub(r"<class '([\w.]+)'>", r"\1", text)
    return re.sub(r"\b(?:[a-z_]+\.)+(\w+)", r"\1", text)
