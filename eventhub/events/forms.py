"""What organisers fill in about events and series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, FormField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from eventhub.foundation import clock
from eventhub.foundation.forms import (
    EditForm,
    RowForm,
    RowList,
    TickList,
    ZoneField,
    choices,
    line,
    passage,
    rows_of,
    texts_of,
    written,
)
from eventhub.foundation.hours import WallClockField
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated, language
from eventhub.organisations.models import Organisation

from .models import Event, Series
from .services import Header, Partners, problems_of

KINDS = {
    "workshop": _l("Workshop"),
    "webinar": _l("Webinar"),
    "side_event": _l("Side event"),
    "meeting": _l("Meeting"),
    "launch": _l("Launch"),
    "training": _l("Training"),
    "exchange_visit": _l("Exchange visit"),
    "study_tour": _l("Study tour"),
}
MODES = {"in_person": _l("In person"), "online": _l("Online"), "hybrid": _l("Hybrid")}
VISIBILITIES = {
    "public": _l("Public: in all lists and calendars"),
    "unlisted": _l("Unlisted: for whoever has the address"),
    "invitation": _l("By invitation: only for those who run it"),
}
LANGUAGES = {"en": _l("English"), "zh": _l("Chinese")}
PARTS = {
    "co_organiser": _l("Co-organiser: runs the event as an equal"),
    "assisting": _l("Assisting organisation"),
    "supporting": _l("Supporting organisation"),
}
COPIED = {
    "partners": _l("Partner organisations"),
    "programme": _l("Programme: rooms, tracks and sessions"),
    "people": _l("The people in the sessions"),
    "pools": _l("Places: pools and their capacities"),
    "form": _l("Form: the questions to those who register"),
}
NONE = {"": _l("None")}
CHOOSE = {"": _l("Choose")}
# Where most of our events take place.
FIRST_ZONE = "Asia/Shanghai"


class PartnerRow(RowForm):
    """An organisation's part in the event."""

    told_by = ("organisation_id",)

    organisation_id = SelectField(_l("Organisation"))
    part = SelectField(_l("Its part"), choices=choices(PARTS))
    remove = BooleanField(_l("Remove"))


class EventForm(EditForm):
    """An event's header and partners, both languages side by side."""

    organisation_id = SelectField(_l("Organiser"))
    title_en = line(_l("Title in English"))
    title_zh = line(_l("Title in Chinese"))
    summary_en = passage(_l("Summary in English"), most=600)
    summary_zh = passage(_l("Summary in Chinese"), most=600)
    description_en = passage(_l("Description in English"))
    description_zh = passage(_l("Description in Chinese"))

    kind = SelectField(_l("Kind"), choices=choices(KINDS))
    mode = SelectField(_l("Format"), choices=choices(MODES))
    visibility = SelectField(_l("Visibility"), choices=choices(VISIBILITIES))
    main_language = SelectField(_l("Main language"), choices=choices(LANGUAGES))
    working_languages = TickList(_l("Working languages"), choices=choices(LANGUAGES))

    zone = ZoneField(_l("Time zone"))
    starts = WallClockField(_l("Start"))
    ends = WallClockField(_l("End"), day_of="starts")
    venue_en = line(_l("Venue in English"))
    venue_zh = line(_l("Venue in Chinese"))
    venue_address_en = line(_l("Street address in English"), most=400)
    venue_address_zh = line(_l("Street address in Chinese"), most=400)

    opens = WallClockField(_l("Registration opens"))
    closes = WallClockField(_l("Registration closes"), day_of="opens")
    contact_address = line(_l("Contact e-mail address"), render_kw={"type": "email", "autocomplete": "email"})

    partners = RowList(FormField(PartnerRow), _l("Partner organisations"), min_entries=1, max_entries=60)
    series_id = SelectField(_l("Series"))
    also_listed = TickList(_l("Also listed in"))
    parent_id = SelectField(_l("Part of an event of ours"))
    parent_name_en = line(_l("Name of the larger event in English"))
    parent_name_zh = line(_l("Name of the larger event in Chinese"))
    parent_dates_en = line(_l("Its dates in English"))
    parent_dates_zh = line(_l("Its dates in Chinese"))
    parent_url = line(_l("Its web address"), most=500, render_kw={"type": "url"})
    note_en = passage(_l("Small print in English"), most=2000)
    note_zh = passage(_l("Small print in Chinese"), most=2000)

    def validate_partners(self, field: RowList) -> None:
        """Say so beside the row where the organiser is named once more, as its own partner."""
        own = [row for row in rows_of(field) if row.organisation_id.data == self.organisation_id.data]
        for row in own:
            row.organisation_id.errors = [gettext("This organisation is the organiser already.")]
        if own:
            raise ValidationError(gettext("This organisation is the organiser already."))

    def offer(
        self,
        *,
        owners: Sequence[Organisation],
        organisations: Sequence[Organisation],
        series: Sequence[Series],
        parents: Sequence[Event],
    ) -> None:
        """Fill the lists of organisations, series and events to choose from."""
        self.organisation_id.choices = choices(_named(owners))
        partners = choices(CHOOSE | _named(organisations))
        for row in self.partners:
            row.form.organisation_id.choices = partners
        self.series_id.choices = choices(NONE | _titled(series))
        self.also_listed.choices = choices(_titled(series))
        self.parent_id.choices = choices(NONE | _titled(parents))

    def zone_of_hours(self) -> str:
        """The zone that is chosen in it."""
        return self.zone.data if self.zone.data in clock.zone_names() else ""

    def header(self, before: Event | None) -> Header:
        """What the form says of the event; texts keep what they were made from."""

        def text(name: str) -> Translated:
            return written(self, name, getattr(before, name) if before else EMPTY, self.main_language.data)

        return Header(
            kind=self.kind.data,
            mode=self.mode.data,
            visibility=self.visibility.data,
            title=text("title"),
            summary=text("summary"),
            description=text("description"),
            note=text("note"),
            zone=self.zone.data,
            starts=self.starts.data,
            ends=self.ends.data,
            venue=text("venue"),
            venue_address=text("venue_address"),
            main_language=self.main_language.data,
            working_languages=self.working_languages.data or (),
            contact_address=self.contact_address.data or None,
            series_id=_id(self.series_id.data),
            parent_id=_id(self.parent_id.data),
            parent_name=text("parent_name"),
            parent_dates=text("parent_dates"),
            parent_url=self.parent_url.data or None,
            registration_opens_at=self._instant(self.opens.data),
            registration_closes_at=self._instant(self.closes.data),
        )

    def _instant(self, wall: datetime | None) -> datetime | None:
        return clock.instant(wall, self.zone.data) if wall and self.zone.data in clock.zone_names() else None

    def is_complete(self, event: Event | None) -> bool:
        """Whether what was said can be saved; where not, all that is wrong stands beside its fields at once."""
        is_well_formed, problems = self.validate(), problems_of(self.header(event))
        for problem in problems:
            if problem.field not in self.errors:
                self.blame(problem)
        return is_well_formed and not problems

    def chosen_partners(self) -> Partners:
        """The organisations beside the organiser, in the order of the rows."""
        parts: dict[str, list[UUID]] = {part: [] for part in PARTS}
        for row in rows_of(self.partners):
            parts[row.part.data].append(UUID(row.organisation_id.data))
        return Partners(
            co_organisers=parts["co_organiser"],
            assisting=parts["assisting"],
            supporting=parts["supporting"],
            also_listed=[UUID(series_id) for series_id in self.also_listed.data or ()],
        )


def values_of_event(event: Event) -> dict[str, Any]:
    """What the form over an event shows first."""
    names = ("title", "summary", "description", "venue", "venue_address", "parent_name", "parent_dates", "note")
    opens, closes = event.registration_opens_at, event.registration_closes_at
    return {
        **texts_of(**{name: getattr(event, name) for name in names}),
        **{name: getattr(event, name) for name in ("kind", "mode", "visibility", "main_language", "zone")},
        "organisation_id": str(event.organisation_id),
        "working_languages": event.working_languages,
        "starts": event.starts,
        "ends": event.ends,
        "opens": clock.wall(opens, event.zone) if opens else None,
        "closes": clock.wall(closes, event.zone) if closes else None,
        "contact_address": event.contact_address or "",
        "partners": [{"organisation_id": str(p.organisation_id), "part": p.part} for p in event.partners],
        "series_id": str(event.series_id or ""),
        "also_listed": [str(row.series_id) for row in event.also_listed],
        "parent_id": str(event.parent_id or ""),
        "parent_url": event.parent_url or "",
    }


def values_of_new_event() -> dict[str, Any]:
    """What the form of a new event shows first."""
    return {
        "zone": FIRST_ZONE,
        "main_language": language(),
        "working_languages": list(LOCALES),
        "series_id": "",
        "parent_id": "",
    }


class PublishForm(FlaskForm):
    """In which languages an event is published."""

    languages = TickList(
        _l("Languages of the page"),
        [InputRequired(_l("Choose one language at least."))],
        choices=choices(LANGUAGES),
    )


class NoticeForm(FlaskForm):
    """What the public is told of a postponement or cancellation."""

    notice_en = passage(_l("Notice in English"), most=2000)
    notice_zh = passage(_l("Notice in Chinese"), most=2000)


class CopyForm(FlaskForm):
    """What of an event its copy takes along, and when the copy begins."""

    parts = TickList(_l("Take along"), choices=choices(COPIED), default=list(COPIED))
    day = DateField(_l("First day of the copy"), [Optional()])


class AddressForm(FlaskForm):
    """The last part of an event's address."""

    slug = line(_l("Address"), most=60)


class SeriesForm(EditForm):
    """A series in both languages."""

    organisation_id = RadioField(_l("Organiser"))
    title_en = line(_l("Title in English"))
    title_zh = line(_l("Title in Chinese"))
    description_en = passage(_l("Description in English"))
    description_zh = passage(_l("Description in Chinese"))
    note_en = passage(_l("Small print in English"), most=2000)
    note_zh = passage(_l("Small print in Chinese"), most=2000)

    def offer(self, owners: Sequence[Organisation]) -> None:
        """Fill the list of organisations to choose from."""
        self.organisation_id.choices = choices(_named(owners))

    def texts(self, before: Series | None) -> tuple[Translated, Translated, Translated]:
        """Title, description and small print."""
        names = ("title", "description", "note")
        title, description, note = (
            written(self, name, getattr(before, name) if before else EMPTY, language()) for name in names
        )
        return title, description, note


class ListingForm(FlaskForm):
    """Which event a series shows as well."""

    slug = line(_l("Address of the event’s page"), most=500)

    @property
    def wanted(self) -> str:
        """The last part of the address, which may be given alone."""
        path = urlsplit(self.slug.data or "").path.rstrip("/")
        return path.partition("/events/")[2].partition("/")[0] or path.rpartition("/")[2]


def _named(organisations: Sequence[Organisation]) -> dict[str, str]:
    return {str(row.id): str(row.name.in_(language())) for row in organisations}


def _titled(rows: Sequence[Event] | Sequence[Series]) -> dict[str, str]:
    return {str(row.id): str(row.title.in_(language())) for row in rows}


def _id(chosen: str | None) -> UUID | None:
    return UUID(chosen) if chosen else None
