"""What somebody wishes of their own feed: it stands in the address, so that a calendar asks for it each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from eventhub.calendars.ical import Component, with_hours, with_more
from eventhub.calendars.lines import read
from eventhub.calendars.profiles import Profile

LONGEST_ALARM = 28 * 24 * 60  # minutes: four weeks before
ONLY = ("events", "sessions")
# For how long what is over stays in somebody's whole calendar.
KEPT_PAST, KEPT_CANCELLED = timedelta(days=90), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked of the database: entries that end after an instant, start from one on, or before one."""

    ends_after: datetime | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None


ALL = Span()


@dataclass(frozen=True, slots=True)
class Options:
    """How one private feed differs from what it would hold; what an address says besides is ignored."""

    alarm: int | None = None
    hides_cancelled: bool = False
    only: str | None = None
    year: int | None = None
    profile: Profile = Profile.STANDARD

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Options:
        """The options of an address, as far as they are ones."""
        only = query.get("only")
        return cls(
            alarm=_number(query.get("alarm"), LONGEST_ALARM),
            hides_cancelled=query.get("hide") == "cancelled",
            only=only if only in ONLY else None,
            year=_number(query.get("year"), 9999) or None,
            profile=profile_of(query),
        )

    def written(self) -> dict[str, str]:
        """The options as an address has them."""
        told = {
            "alarm": "" if self.alarm is None else str(self.alarm),
            "hide": "cancelled" if self.hides_cancelled else "",
            "only": self.only or "",
            "year": str(self.year or ""),
            "profile": "" if self.profile is Profile.STANDARD else self.profile.value,
        }
        return {name: value for name, value in told.items() if value}

    def span(self, moment: datetime) -> Span:
        """Which entries can be among those wished: of a year, or not over for long at a `moment`.

        By the clock that an entry shows a year begins up to a day earlier or later.
        """
        if self.year is None:
            return Span(ends_after=first_moment(moment) - KEPT_PAST)
        year, day = min(max(self.year, 2), 9998), timedelta(days=1)  # beside the ends of the calendar there is nothing
        return Span(
            starts_from=datetime(year, 1, 1, tzinfo=UTC) - day, starts_before=datetime(year + 1, 1, 1, tzinfo=UTC) + day
        )

    def applied(self, components: Iterable[Component], today: datetime) -> list[Component]:
        """The entries as they are wished; `today` is its first moment, so that bytes change once a day at most."""
        found = []
        for one in components:
            if self.only and not one.uid.startswith(f"{self.only[:-1]}-"):
                continue
            if self.only == "events":
                one = with_hours(one)  # noqa: PLW2901 - without the sessions it alone tells when to come
            if (one.is_cancelled and self.hides_cancelled) or (self.year and _year_of(one) != self.year):
                continue
            # Of whole days nobody needs to be told some minutes before midnight, nor of tea at all.
            is_free = b"\r\nTRANSP:TRANSPARENT\r\n" in one.body
            if self.alarm is not None and one.zone and not is_free and one.ends_at > today:
                one = _with_alarm(one, self.alarm)  # noqa: PLW2901 - the same entry with more to it
            found.append(one)
        return found


def profile_of(query: Mapping[str, str]) -> Profile:
    """The profile that an address asks for; the standard one where it names none that there is."""
    wished = query.get("profile", "")
    return Profile(wished) if wished in set(Profile) else Profile.STANDARD


def first_moment(moment: datetime) -> datetime:
    """The beginning of a day in UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _number(told: str | None, most: int) -> int | None:
    # Other scripts' digits are digits too, to Python.
    if not told or not told.isascii() or not told.isdigit() or len(told) > 6:
        return None
    return int(told) if int(told) <= most else None


def _year_of(component: Component) -> int:
    """The year in which an entry begins by the clock that it shows: New Year's Day in Beijing begins in another."""
    starts = next(line for line in read(component.body) if line.name == "DTSTART")
    return int(starts.value[:4])


def _with_alarm(component: Component, minutes: int) -> Component:
    """An entry that reminds so many minutes before (RFC 5545 §3.6.6, its UID by RFC 9074)."""
    summary = next(line for line in read(component.body) if line.name == "SUMMARY")
    alarm = [
        "BEGIN:VALARM",
        f"UID:alarm-{component.uid}",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{summary.value}",
        f"TRIGGER:-PT{minutes}M",
        "END:VALARM",
    ]
    return replace(component, body=with_more(component.body, alarm))


def within_window(components: Iterable[Component], today: datetime) -> list[Component]:
    """Those of somebody's whole calendar that are not over for long: it would grow for ever otherwise."""
    return [one for one in components if one.ends_at > today - (KEPT_CANCELLED if one.is_cancelled else KEPT_PAST)]
