"""A day and an hour in a form, as the clock on the wall shows them: of an hour that exists twice also which."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext
from markupsafe import Markup, escape
from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import html_params

from . import clock
from .i18n import format_clock

_WHICH = ("first", "second")


class _DayAndHour:
    """Two inputs under one name: each browser has a good picker for either, and both can be typed.

    Where the clock shows that hour twice, a list beneath the same name asks which of the two is meant.
    """

    def __call__(self, field: WallClockField, **kwargs: Any) -> Markup:
        shared = {"name": field.name, **kwargs}
        day, hour = field.typed
        first = html_params(type="date", value=day, id=field.id, placeholder="2019-10-23", **shared)
        shared.pop("autofocus", None)  # the day comes first, and one is focused
        second = html_params(
            type="time", value=hour, id=f"{field.id}-hour", placeholder="14:05",
            aria_label=gettext("%(what)s: hour", what=field.label.text), **shared,
        )  # fmt: skip
        third = self._which(field, shared) if field.is_twice() else ""
        # `html_params` has escaped what people typed.
        return Markup(f'<span class="day-hour"><input {first}><input {second}>{third}</span>')  # noqa: S704

    def _which(self, field: WallClockField, shared: dict[str, Any]) -> str:
        label = gettext("%(what)s: which of the two", what=field.label.text)
        attributes = html_params(id=f"{field.id}-which", aria_label=label, **shared)
        hours = [format_clock(field.data.replace(fold=fold), field.zone()) for fold in (0, 1)]
        words = (gettext("the first one: %(hour)s", hour=hours[0]), gettext("the second one: %(hour)s", hour=hours[1]))
        options = (
            f'<option value="{value}"{" selected" if field.data.fold == fold else ""}>{escape(words[fold])}</option>'
            for fold, value in enumerate(_WHICH)
        )
        return f"<select {attributes}>{''.join(options)}</select>"


class WallClockField(Field):
    """A day and an hour as the clock on the wall shows them, or nothing.

    Where only the hour is given, the day is that of the field named by `day_of`. Of an hour that exists twice it is
    asked which is meant, where the form knows the zone; else the first one is.
    """

    widget = _DayAndHour()

    def __init__(self, *args: Any, day_of: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day_of = day_of
        self.typed = self._shown()
        self.is_undecided = False

    def _shown(self) -> tuple[str, str]:
        moment = getattr(self, "data", None)
        return (f"{moment:%Y-%m-%d}", f"{moment:%H:%M}") if moment else ("", "")

    def process_data(self, value: datetime | None) -> None:
        """Take what the row holds."""
        self.data = value
        self.typed = self._shown()
        self.is_undecided = False

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed."""
        if not valuelist:
            return
        day, hour, which = (*(_tidy(part) for part in valuelist), "", "")[:3]
        self.typed, self.data, self.is_undecided = (day, hour), None, which not in _WHICH
        if not day and not hour:
            return
        try:
            on = date.fromisoformat(day) if day else None
            at = time.fromisoformat(hour).replace(second=0, microsecond=0, tzinfo=None) if hour else None
        except ValueError:
            raise ValueError(gettext("Write the day as 2019-10-23 and the hour as 14:05.")) from None
        if at is None:
            raise ValueError(gettext("Give the hour as well."))
        if on is None and self.day_of and (other := self._form[self.day_of].data):  # type: ignore[attr-defined]
            on = other.date()
        if on is None:
            raise ValueError(gettext("Give the day as well."))
        if not clock.is_within_reach(moment := datetime.combine(on, at)):
            raise ValueError(gettext("Choose a year from 1970 to 2100."))
        self.data = moment.replace(fold=1 if which == "second" else 0)

    def zone(self) -> str:
        """The zone whose clock is meant, where the form knows it."""
        asked = getattr(self._form, "zone_of_hours", None)  # type: ignore[attr-defined]
        return str(asked()) if asked else ""

    def is_twice(self) -> bool:
        """Whether the clock shows the hour that is given twice."""
        zone = self.zone()
        return bool(zone and self.data and clock.is_twice(self.data, zone))

    def pre_validate(self, form: Any) -> None:
        """Ask which of two hours is meant."""
        if self.is_twice() and self.is_undecided:
            raise ValidationError(
                gettext("This hour exists twice, as the clocks are put back. Choose which of the two is meant.")
            )

    def in_words(self) -> str:
        """What it says, as it was typed."""
        day, hour = self.typed
        return " ".join((day, format_clock(self.data, self.zone()) if self.is_twice() else hour))


def _tidy(typed: str) -> str:
    return "".join(mark for mark in typed if mark.isprintable()).strip()
