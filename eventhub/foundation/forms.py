"""Forms over rows that several people edit: texts in two languages, rows to be added, saves that met another."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import request
from flask_babel import LazyString, gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.i18n import translations
from markupsafe import Markup, escape
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import Choice, SelectChoice, SelectFieldBase  # type: ignore[attr-defined]  # older stubs
from wtforms.form import BaseForm
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, html_params

from . import clock
from .errors import Invalid, Stale
from .focus import focus, place_of
from .hours import WallClockField
from .i18n import EMPTY, LOCALES, Translated, countries, language, zone_words, zones_by_city
from .zones import USUAL, current_name

# The digests of the longest form are a third of this; whatever is longer was not made by us.
MOST_READ = 20_000
OWN = ("csrf_token", "version", "read")


def tidy(typed: str | None) -> str:
    """What somebody typed, without the spaces around it and the marks that no text holds; lines end plainly."""
    kept = (typed or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(mark for mark in kept if mark in "\n\t" or unicodedata.category(mark) != "Cc").strip()


def line(label: LazyString, most: int = 200, **options: Any) -> StringField:
    """A field for one line, whatever is sent in it."""
    return StringField(label, [_at_most(most)], filters=[_tidy_line], **options)


def _tidy_line(typed: str | None) -> str:
    return " ".join(tidy(typed).splitlines())


def passage(label: LazyString, most: int = 20000, **options: Any) -> TextAreaField:
    """A field for paragraphs."""
    return TextAreaField(label, [_at_most(most)], filters=[tidy], **options)


def _at_most(most: int) -> Length:
    return Length(max=most, message=lazy_gettext("Please shorten this to %(most)s characters.", most=most))


def choices(words: Mapping[str, str | LazyString]) -> list[SelectChoice]:
    """What a field offers to choose, from each value and its word."""
    return [SelectChoice(value, word) for value, word in words.items()]


class TickList(SelectMultipleField):
    """Several of a few choices, as boxes to tick; what is sent twice is ticked once."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was ticked."""
        super().process_formdata(list(dict.fromkeys(valuelist)))


class RowList(FieldList):  # type: ignore[type-arg]  # generic in its stubs alone
    """Rows that can be added; they are numbered as we number them, and whatever has another number is no row."""

    def _extract_indices(self, prefix: str, formdata: Mapping[str, Any]) -> Iterator[int]:
        number = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,4}})(?:-|$)")
        for name in formdata:
            if found := number.match(name):
                yield int(found[1])


@lru_cache
def _options(listed: Callable[[str], Mapping[str, str]], lang: str) -> str:
    return "".join(f'<option value="{key}">{escape(name)}</option>' for key, name in listed(lang).items())


class _LongList:
    """A list of hundreds, put together once for each language."""

    def __call__(self, field: ListedField, **kwargs: Any) -> Markup:
        attributes = html_params(id=field.id, name=field.name, **kwargs)
        options = _options(type(field).listed, language())
        if field.nothing is not None:
            options = f'<option value="">{escape(field.nothing)}</option>{options}'
        if (chosen := field.data or "") not in {"", *field.listed(language())}:
            options += f'<option value="{escape(chosen)}">{escape(chosen)}</option>'
        options = options.replace(f'value="{escape(chosen)}"', f'selected value="{escape(chosen)}"', 1)
        return Markup(f"<select {attributes}>{options}</select>")  # noqa: S704 - every part is escaped


class ListedField(SelectField):
    """One of a long list that is the same on every page; `nothing` is what may be chosen instead, if anything may."""

    widget = _LongList()

    def __init__(self, *args: Any, nothing: str | LazyString | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nothing = nothing

    @staticmethod
    def listed(lang: str) -> Mapping[str, str]:
        """The values and their words, in the order of the list."""
        raise NotImplementedError

    def iter_choices(self) -> Iterator[Choice]:
        """Each value with its words and whether it is chosen."""
        nothing = {} if self.nothing is None else {"": str(self.nothing)}
        for key, name in (nothing | dict(self.listed(language()))).items():
            yield Choice(key, name, key == (self.data or ""), {})

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not in the list."""
        if self.data not in self.listed(language()) and (self.data or self.nothing is None):
            raise ValidationError(gettext("Not a valid choice."))


class CountryField(ListedField):
    """A country or territory by its code, or nothing."""

    listed = staticmethod(countries)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, nothing=lazy_gettext("Please choose"), **kwargs)


@lru_cache
def _zones(lang: str) -> dict[str, str]:
    usual = [name for name in USUAL if name in clock.zone_names()]
    others = zones_by_city(lang, clock.zone_names() - set(usual))
    return {**{name: zone_words(name, lang) for name in usual}, **dict(others)}


class ZoneField(ListedField):
    """A time zone by its name: the usual ones first, then all by their cities."""

    listed = staticmethod(_zones)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take a zone by the name that it has today, but for one that the row has kept by a former."""
        super().process_formdata(
            [name if name == self.object_data else current_name(name) or name for name in valuelist]
        )

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no zone; a former name that a row has kept goes on being good."""
        if self.data not in clock.zone_names():
            super().pre_validate(form)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else saved while this form was open; `is_taken`: only they changed it, so it is theirs.

    `at` is the id of what is to be focused in order to change it.
    """

    at: str
    label: str
    theirs: str
    mine: str
    is_taken: bool


class _Words:
    """What forms say by themselves: in our words where we have them, else in those of their library."""

    def gettext(self, text: str) -> str:
        """A sentence in the language of the page."""
        ours = str(gettext(text))
        return ours if ours != text else str(translations.gettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        """A sentence with a number in it."""
        return str(translations.ngettext(one, many, number))


# Said by the library, and gathered here for the catalogue.
_SAID = (
    lazy_gettext("This field is required."),
    lazy_gettext("Not a valid choice."),
    lazy_gettext("Not a valid integer value."),
)


class InOurWords:
    """For the `Meta` of a form: a row of a list speaks the language of the page as a whole form does."""

    def get_translations(self, form: BaseForm) -> _Words:
        """The words."""
        return _Words()


class EditForm(FlaskForm):
    """A form that knows what its row said when it was opened, so that a save which meets another loses nothing."""

    Meta = InOurWords
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    read = HiddenField()

    def __init__(self, *args: Any, wall_zone: str = "", **kwargs: Any) -> None:
        self.wall_zone = wall_zone
        super().__init__(*args, **kwargs)
        self.differences: list[Difference] = []

    def zone_of_hours(self) -> str:
        """The zone whose clock its hours are told by: where it is known, an hour that exists twice is asked about."""
        return self.wall_zone

    def begin(self, version: int) -> None:
        """Note that what the form shows now is the row at this version."""
        self.version.process_data(version)
        self.version.raw_data = None
        self.read.data = json.dumps({field.name: _digest(field) for field in self.fields()})

    def fields(self) -> list[Field]:
        """The fields that say something of the row."""
        return [field for field in self if field.name not in OWN]

    def wants_row(self) -> bool:
        """Whether a button asked for one more row in a list; it is there then, and nothing else has happened."""
        rows = self._fields.get(request.form.get("add_row", ""))
        if not isinstance(rows, FieldList):
            return False
        if rows.max_entries is None or len(rows) < rows.max_entries:
            rows.append_entry()
        focus(rows[-1])
        return True

    def carried_out(self, save: Callable[[], object], reread: Callable[[], tuple[EditForm, int]] | None = None) -> bool:
        """Whether what the form says is saved; where not, it shows why: errors beside fields, or `differences`.

        `reread` gives the form over the row as it is now, and the row's version; what is new needs none.
        """
        try:
            try:
                save()
            except Stale:
                if reread is None:
                    raise
                self.differences = self._meet(*reread())
                if self.differences:
                    return False
                save()  # over the newer row: what they changed of it is not in this form
        except Invalid as error:
            self.blame(error)
            return False
        return True

    @property
    def status(self) -> int:
        """The status of a page that shows the form."""
        return 409 if self.differences else 422 if self.errors else 200

    def blame(self, error: Invalid) -> None:
        """Show a refusal beside the field it is about, and those that came with it beside theirs."""
        about = (error.field, *(f"{error.field}_{lang}" for lang in LOCALES))
        field = next((self._fields[name] for name in about if name in self._fields), None)
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = [*field.errors, error.message]
        for other in error.others:
            self.blame(other)

    def _meet(self, theirs: EditForm, version: int) -> list[Difference]:
        # Where only they changed a field, theirs is taken over. Saving again then saves over what both
        # changed, which the writer has seen by then.
        try:
            read = dict(json.loads((self.read.data or "{}")[:MOST_READ]))
        except (ValueError, TypeError, RecursionError):
            read = {}
        found = []
        for field in self.fields():
            other = theirs[field.name]
            if _value(field) == _value(other) or _digest(other) == read.get(field.name):
                continue
            is_taken = _digest(field) == read.get(field.name)
            at = place_of(other if is_taken else field)
            found.append(Difference(at, field.label.text, shown(other), shown(field), is_taken))
            if is_taken:
                self._fields[field.name] = other
                setattr(self, field.name, other)
        theirs.begin(version)
        self.version.process_data(version)
        self.version.raw_data = None
        self.read.data = theirs.read.data
        return found


class RowForm(Form):
    """One row of a list in a form; a row in which the field named by `told_by` is empty does not count."""

    Meta = InOurWords
    told_by: tuple[str, ...] = ()

    def is_blank(self) -> bool:
        """Whether nothing was said in this row, or it is to be removed."""
        if "remove" in self and self["remove"].data:
            return True
        return not any(self[name].data for name in self.told_by)


def rows_of(field: FieldList[Any]) -> list[Any]:
    """The rows of a list that count."""
    return [entry.form for entry in field if not entry.form.is_blank()]


def written(form: Form, name: str, before: Translated = EMPTY, main: str = "en") -> Translated:
    """A text as its two fields have it now, `before` being what the row held; `main` is the language it starts in."""
    texts = {lang: form[f"{name}_{lang}"].data or "" for lang in LOCALES}
    source = before.source if before else main
    if not texts[source]:
        source = next((lang for lang, text in texts.items() if text), source)
    return before.edited(texts, source) if any(texts.values()) else EMPTY


def texts_of(**texts: Translated) -> dict[str, str]:
    """The values of the two fields of each text."""
    return {f"{name}_{lang}": text.texts.get(lang, "") for name, text in texts.items() for lang in LOCALES}


def shown(field: Field) -> str:
    """What a field says, in words."""
    if isinstance(field, FieldList):
        return "\n".join(" · ".join(filter(None, map(shown, row))) for row in rows_of(field))
    if isinstance(field, BooleanField):
        return str(gettext("Yes") if field.data else gettext("No"))
    if isinstance(field, SelectFieldBase):
        return str(gettext(", ")).join(str(label) for _, label, is_chosen, _ in field.iter_choices() if is_chosen)
    if isinstance(field, WallClockField):
        return field.in_words()
    return str(field.data or "")


def _value(field: Field) -> Any:
    if isinstance(field, FieldList):
        return [_plain(row.data) for row in rows_of(field)]
    return _plain(field.data)


def _plain(value: Any) -> Any:
    """None and the empty text are one; ids and days compare by how they are written, and hours as which of two."""
    if isinstance(value, datetime):
        return str(clock.marked(value))
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return sorted(str(part) for part in value)
    return "" if value is None else str(value)


def _digest(field: Field) -> str:
    return hashlib.sha256(json.dumps(_value(field), sort_keys=True).encode()).hexdigest()[:12]
