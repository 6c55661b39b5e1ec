"""Texts of providers: lines, lists of lines, paragraphs."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared.users import fields

Line = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(fields.one_line)]
Lines = Annotated[list[Line], Field(max_length=20)]
Paragraph = Annotated[str, StringConstraints(max_length=2000), AfterValidator(fields.no_controls)]
