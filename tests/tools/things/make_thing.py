"""Make a thing."""

from typing import Self

from pydantic import Field, model_validator

from shared.errors import MrnTaken
from shared.http import Context, Model, Out, admins, endpoint


class NewThing(Model):
    """A thing to be made: it must have a width or a height."""

    name: str = Field(min_length=2, max_length=40)
    serial: str = Field(pattern=r"^[A-Z]{3}$", examples=["ABC"])
    width: float | None = Field(None, gt=0)
    height: float | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        if self.width is None and self.height is None:
            raise ValueError("give width or height")
        return self


class Thing(Out):
    """A thing."""

    id: str
    name: str
    owner_id: str | None = None


@endpoint("POST /things/{boxId}", access=admins, status=201, errors=[MrnTaken], awaits_job=True)
def make_thing(ctx: Context, boxId: str, body: NewThing) -> Thing:
    raise NotImplementedError
