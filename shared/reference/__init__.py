"""Reference data that ships with the code: note templates and consultation types."""

from shared.reference.consultations import (
    CONSULTATION_TYPES,
    DEFAULT_CONSULTATION_TYPE,
    ConsultationType,
    ConsultationTypes,
    consultation_type,
)
from shared.reference.templates import (
    DEFAULT_TEMPLATE,
    TEMPLATE_IDS,
    TEMPLATES,
    Section,
    Template,
    Templates,
    template,
)

__all__ = [
    "CONSULTATION_TYPES",
    "DEFAULT_CONSULTATION_TYPE",
    "DEFAULT_TEMPLATE",
    "TEMPLATES",
    "TEMPLATE_IDS",
    "ConsultationType",
    "ConsultationTypes",
    "Section",
    "Template",
    "Templates",
    "consultation_type",
    "template",
]
