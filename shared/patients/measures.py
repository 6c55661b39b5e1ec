"""Vital signs: units and what can be true of a living person.

The limits keep out slips (a systolic pressure of 1200, a weight in grams), not rare patients: each lies beyond what
has been survived and measured, so that nobody who is very ill or very small is refused.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.http.answers import Model
from shared.patients import fields
from shared.patients.clinical_documents import Measures

UNITS: dict[str, str] = {
    "systolic_bp": "mmHg",
    "diastolic_bp": "mmHg",
    "heart_rate": "bpm",
    "temperature": "°C",
    "respiration_rate": "breaths/min",
    "oxygen_saturation": "%",
    "weight": "kg",
    "height": "cm",
}


def _two_places(value: float) -> float:
    """As DECIMAL(5,2) and DECIMAL(8,2) keep it: converted units have more digits than anybody measured."""
    return round(float(value), 2)


#: mmHg. Shock with a palpable pulse, to the highest taken under load.
Systolic = Annotated[int, Field(strict=True, ge=30, le=300, description="mmHg, 30 to 300.", examples=[120])]
#: mmHg.
Diastolic = Annotated[int, Field(strict=True, ge=10, le=200, description="mmHg, 10 to 200.", examples=[80])]
#: Beats per minute. Complete heart block, to an infant's supraventricular tachycardia.
HeartRate = Annotated[int, Field(strict=True, ge=20, le=300, description="Beats per minute, 20 to 300.", examples=[72])]
#: °C, DECIMAL(5,2). Deep accidental hypothermia, to heat stroke.
Temperature = Annotated[
    float, Field(strict=True, ge=20, le=45, description="°C, 20 to 45.", examples=[37.5]), AfterValidator(_two_places)
]
#: Breaths per minute. Opioid poisoning, to a newborn in distress.
RespirationRate = Annotated[
    int, Field(strict=True, ge=2, le=120, description="Breaths per minute, 2 to 120.", examples=[16])
]
#: Per cent, DECIMAL(5,2). Oximeters show little below 50, but they show it.
OxygenSaturation = Annotated[
    float, Field(strict=True, ge=20, le=100, description="%, 20 to 100.", examples=[98.5]), AfterValidator(_two_places)
]
#: kg, DECIMAL(8,2). The smallest and the heaviest who lived.
Weight = Annotated[
    float,
    Field(strict=True, ge=0.2, le=650, description="kg, 0.2 to 650.", examples=[75.5]),
    AfterValidator(_two_places),
]
#: cm, DECIMAL(8,2).
Height = Annotated[
    float, Field(strict=True, ge=15, le=275, description="cm, 15 to 275.", examples=[180]), AfterValidator(_two_places)
]


class NewVitals(Model):
    """Vital signs taken at one time; at least one of them."""

    recorded_date: fields.PastMoment | None = Field(None, description="When they were taken; now, if left out.")
    systolic_bp: Systolic | None = None
    diastolic_bp: Diastolic | None = None
    heart_rate: HeartRate | None = None
    temperature: Temperature | None = None
    respiration_rate: RespirationRate | None = None
    oxygen_saturation: OxygenSaturation | None = None
    weight: Weight | None = None
    height: Height | None = None
    notes: fields.Prose | None = Field(None, examples=["Patient appears healthy"])

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if all(getattr(self, name) is None for name in UNITS):
            raise ValueError("at least one vital sign is required")
        # A pressure taken by palpation has no diastolic; one without a systolic does not exist.
        if self.diastolic_bp is not None and self.systolic_bp is None:
            raise ValueError("diastolicBp needs systolicBp")
        if self.diastolic_bp is not None and self.systolic_bp is not None and self.systolic_bp <= self.diastolic_bp:
            raise ValueError("systolicBp must be greater than diastolicBp")
        return self

    @property
    def measures(self) -> Measures:
        """What was measured."""
        return Measures(**{name: getattr(self, name) for name in UNITS})
