"""What is wrong with a value, for people: pydantic's findings in our words, in the reader's language.

The English is pydantic's own; the catalogues have the others. `{names}` are what the rule asks for, never what was
sent.
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import Detail
from shared.i18n import DEFAULT, _

#: Texts by pydantic's type of error (docs.pydantic.dev/latest/errors/validation_errors).
PYDANTIC: Mapping[str, str] = {
    "extra_forbidden": "is not a field of this request",
    "missing": "is required",
    "string_pattern_mismatch": "does not have the required form",
    "greater_than": "input should be greater than {gt}",
    "greater_than_equal": "input should be greater than or equal to {ge}",
    "less_than": "input should be less than {lt}",
    "less_than_equal": "input should be less than or equal to {le}",
    "multiple_of": "input should be a multiple of {multiple_of}",
    "finite_number": "input should be a finite number",
    "string_type": "input should be a valid string",
    "string_too_short": "string should have at least {min_length} characters",
    "string_too_long": "string should have at most {max_length} characters",
    "too_short": "list should have at least {min_length} items",
    "too_long": "list should have at most {max_length} items",
    "literal_error": "input should be {expected}",
    "enum": "input should be {expected}",
    "int_type": "input should be a valid integer",
    "int_parsing": "input should be a valid integer",
    "int_from_float": "input should be a valid integer",
    "float_type": "input should be a valid number",
    "float_parsing": "input should be a valid number",
    "bool_type": "input should be true or false",
    "bool_parsing": "input should be true or false",
    "list_type": "input should be a valid list",
    "dict_type": "input should be an object",
    "model_type": "input should be an object",
    "model_attributes_type": "input should be an object",
    "none_required": "input should be null",
    "date_type": "input should be a valid date",
    "date_parsing": "input should be a valid date",
    "date_from_datetime_parsing": "input should be a valid date",
    "date_from_datetime_inexact": "input should be a valid date",
    "datetime_type": "input should be a valid date and time",
    "datetime_parsing": "input should be a valid date and time",
    "datetime_from_date_parsing": "input should be a valid date and time",
    "time_type": "input should be a valid time",
    "time_parsing": "input should be a valid time",
    "timezone_aware": "input should have a time zone",
    "uuid_parsing": "input should be a valid UUID",
    "url_parsing": "input should be a valid URL",
}


def wording(detail: Detail, locale: str) -> str:
    """What a detail says, in `locale`."""
    if locale == DEFAULT:
        return detail.message
    text = PYDANTIC.get(detail.kind)
    if text is None:
        return _(detail.message, locale)
    values: dict[str, Any] = dict(detail.values)
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", f" {_('or', locale)} ")
    return _(text, locale).format(**values)
