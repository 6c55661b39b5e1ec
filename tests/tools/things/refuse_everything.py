"""Take a body whose rule no built example meets, and which declares none."""

from typing import Self

from pydantic import model_validator

from shared.http import Context, Model, endpoint, signed_in


class Riddle(Model):
    """Only those who know the word."""

    word: str

    @model_validator(mode="after")
    def _knows(self) -> Self:
        if self.word != "xyzzy":
            raise ValueError("is not the word")
        return self


@endpoint("PUT /riddle", access=signed_in)
def refuse_everything(ctx: Context, body: Riddle) -> None:
    raise NotImplementedError
