"""Where a page of forms begins, and what leads to a field of it: for whoever goes by keyboard or hears the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from wtforms import Field, FieldList, FormField
from wtforms.fields.choices import SelectFieldBase
from wtforms.form import BaseForm
from wtforms.widgets import HiddenInput


@dataclass(frozen=True, slots=True)
class Marked:
    """A field that is marked as wrong; `row` is the number of its row in a list, and `at` what leads there."""

    at: str
    label: str
    row: int | None
    errors: list[str]


def marked(form: BaseForm, row: int | None = None) -> list[Marked]:
    """The fields of a form that are marked as wrong, those in rows too, in the order of the form."""
    found = []
    for field in form:
        if isinstance(field, FieldList):
            for number, entry in enumerate(field, 1):
                found += marked(entry.form, number)
        if told := [str(error) for error in field.errors if isinstance(error, str | LazyString)]:
            found.append(Marked(place_of(field), str(field.label.text), row, told))
    return found


def place_of(field: Field) -> str:
    """The id of what is to be focused in order to change a field; nothing where it is hidden.

    Of several inputs it is the first, and of rows of which there is none the button that adds one.
    """
    if isinstance(field.widget, HiddenInput):
        return ""
    if isinstance(field, FieldList):
        return place_of(_first_of(field[0].form)) if len(field) else f"{field.id}-add"
    if isinstance(field, SelectFieldBase) and hasattr(field.widget, "html_tag"):
        # Boxes and radio buttons stand in a fieldset, which takes no focus.
        return str(next((option.id for option in field), field.id))
    return str(field.id)


def focus(row: FormField[Any]) -> None:
    """Have the page that shows this row begin in it, for whoever has just asked for it."""
    field = _first_of(row.form)
    field.render_kw = {**(field.render_kw or {}), "autofocus": True}


def _first_of(row: BaseForm) -> Field:
    """The field by which a row is told, or the first one that is shown at all."""
    fields: list[Field] = [*(row[name] for name in getattr(row, "told_by", ())), *row]
    return next(field for field in fields if not isinstance(field.widget, HiddenInput))
