"""The zone in which somebody reads hours: chosen by them, asked for in the address, known of them, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.core import get_global
from flask import request
from flask_babel import gettext

from . import clock
from .i18n import language, zone_label, zones_by_city

# What the readers of most of our events keep their watches by, from east to west; all others are one step away.
USUAL = (
    "Pacific/Auckland", "Australia/Sydney", "Asia/Tokyo", "Asia/Shanghai", "Asia/Bangkok", "Asia/Dhaka", "Asia/Kolkata",
    "Africa/Nairobi", "Europe/Istanbul", "Europe/Zurich", "UTC", "America/New_York", "America/Los_Angeles",
)  # fmt: skip
ALL = "all"


# By law all of China keeps one clock, though the zone database knows of a second that some keep at home. Where all
# zones of a country show the same, the first by its name stands for them, but for these.
_ONE_CLOCK = {"CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "UZ": "Asia/Tashkent"}


@lru_cache
def zone_of_country(code: str) -> str | None:
    """The zone of a country by its code; None where its clocks differ, for which of them would be a guess."""
    if code in _ONE_CLOCK:
        return _ONE_CLOCK[code]
    territories = get_global("zone_territories").items()
    found = [name for name, territory in territories if territory == code and name in clock.zone_names()]
    return min(found) if found and len({_hours_of(name) for name in found}) == 1 else None


def _hours_of(name: str) -> tuple[timedelta | None, ...]:
    """By how much a zone's clock is ahead in the months of this year and the next."""
    year = clock.now().year
    return tuple(
        datetime(one, month, 1, tzinfo=ZoneInfo(name)).utcoffset() for one in (year, year + 1) for month in range(1, 13)
    )


@dataclass(frozen=True, slots=True)
class ReaderZone:
    """The zone shown beside the venue's, and what may be chosen instead.

    On a page of several venues `venue` is empty, and `name` as long as nothing was chosen. Offsets are those of the
    moment `at`. Where it `is_asked`, the address asks for it.
    """

    name: str
    venue: str
    at: datetime
    has_all: bool
    is_asked: bool

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The zones to choose from, as pairs of name and words: put together only for the pages that show them."""
        near = list(dict.fromkeys(zone for zone in (self.venue, *USUAL, self.name) if zone))
        choices = [] if self.venue else [("", gettext("The clock of each venue"))]
        choices += [(zone, zone_label(zone, at=self.at)) for zone in near]
        if self.has_all:
            choices += zones_by_city(language(), clock.zone_names() - set(near))
        return choices

    @property
    def query(self) -> str:
        """What a link needs so that the next page shows the same zone."""
        return "" if self.name == self.venue else f"?{urlencode({'zone': self.name})}"


def reader_zone(venue: str, at: datetime | None, own: str | None = None) -> ReaderZone:
    """The zone that the address asks for, else the reader's own where it is known, else the venue's.

    The offsets told are those of a moment. `?zone=all` offers every zone there is: the long list is on the page only
    for those who want it.
    """
    wanted = request.args.get("zone", "")
    asked = current_name(wanted)
    name = asked or current_name(own or "") or venue
    # One clock is told once, also where the venue's zone is kept by a former name.
    name = venue if name == current_name(venue) else name
    return ReaderZone(name, venue, at or clock.now(), wanted == ALL, asked is not None)


def is_zone(name: str) -> bool:
    """Whether somebody may live by the clock of a name."""
    return name == "UTC" or name in clock.zone_names()


def current_name(name: str) -> str | None:
    """What a zone is called today, by any name that it has had: browsers tell former ones; None where it is no zone.

    Places with the same clock stay apart: that of their own is a name that people know.
    """
    known = get_global("zone_aliases").get(name, name)
    known = "UTC" if known == "Etc/UTC" else known
    return known if is_zone(known) else None


def told_zone() -> str | None:
    """The zone by which whoever sends a form has read its page: that of its address, else that of their device."""
    told = (request.args.get("zone", ""), request.form.get("zone", ""))
    return next((known for name in told if (known := current_name(name))), None)
