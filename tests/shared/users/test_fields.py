"""Field types of people."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.users import fields
from shared.users.documents import Role


def taken(kind, value):
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("name", "role"),
    [("Admin", Role.ADMIN), ("doctor", Role.DOCTOR), (" NURSE ", Role.NURSE), ("provider", Role.DOCTOR),
     ("Client", Role.PATIENT), ("user", Role.PATIENT), ("family", Role.FAMILY)],
)  # fmt: skip
def test_roles_go_by_the_names_of_every_source(name, role):
    assert taken(fields.RoleName, name) is role


@given(st.text() | st.integers() | st.none() | st.lists(st.text()))
def test_nothing_else_is_a_role(value):
    if isinstance(value, str) and fields.role_named(value):
        return
    with pytest.raises(ValidationError):
        taken(fields.RoleName, value)


@pytest.mark.parametrize("value", ["1985-03-15", date(1985, 3, 15)])
def test_birthdays(value):
    assert taken(fields.BirthDate, value) == date(1985, 3, 15)


@pytest.mark.parametrize(
    "value", ["1899-12-31", "2999-01-01", "15.3.1985", "1985-02-30", 0, "0", True, "1985-03-15T00:00"]
)
def test_no_birthdays(value):
    with pytest.raises(ValidationError):
        taken(fields.BirthDate, value)


@given(st.text(min_size=1, max_size=300))
def test_a_name_is_one_printable_line(text):
    try:
        name = taken(fields.PersonName, text)
    except ValidationError:
        return
    assert name.isprintable()
    assert 1 <= len(name) <= 255


def test_an_emergency_contact_is_a_text_or_an_object():
    assert taken(fields.Contact, "Jane Doe").name == "Jane Doe"
    contact = taken(fields.Contact, {"name": " Jane ", "phone": "+1 555 0100", "relationship": "sister"})
    assert (contact.name, contact.phone, contact.relationship) == ("Jane", "+15550100", "sister")


@pytest.mark.parametrize(
    "value", ["", {"name": ""}, {"phone": "+15550100"}, {"name": "x" * 256}, {"name": "x", "phone": "x"},
              {"name": "x", "relationship": "y" * 101}, {"name": "x", "vip": True}, 7]
)  # fmt: skip
def test_no_emergency_contacts(value):
    with pytest.raises(ValidationError):
        taken(fields.Contact, value)
