"""Public holidays over the days of an event, told while its dates are chosen: hints, and never a hindrance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from babel.core import get_global
from flask_babel import gettext

from eventhub.foundation.i18n import Text, Translated, country_name

from .models import Event

MOST_DAYS = 62  # an event that lasts longer lies over holidays wherever it is


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which people of a country do not work; or, where it `is_worked`, work though it is a weekend."""

    day: date
    country: str
    name: Translated
    is_worked: bool = False

    def told(self, lang: str) -> Text:
        """`National Day (China)`; a name that is not known in the language stands there in English."""
        country = country_name(self.country, lang)
        if self.is_worked:
            return Text.of(gettext("a working day, though it is a weekend (%(country)s)", country=country), lang)
        if not self.name:
            return Text.of(gettext("a day off, for which another one is worked (%(country)s)", country=country), lang)
        name = self.name.in_(lang)
        return Text.of(gettext("%(holiday)s (%(country)s)", holiday=name, country=country), lang)


def place_of(event: Event) -> str | None:
    """The country in which people meet for an event, as far as its zone tells; none where nobody meets."""
    return None if event.mode == "online" else get_global("zone_territories").get(event.zone)


def always_of(event: Event) -> list[str]:
    """The countries whose holidays count for an event, whoever comes: China, and where people meet."""
    return list(dict.fromkeys(filter(None, (place_of(event), "CN"))))


def over(event: Event, countries: Iterable[str]) -> list[Holiday]:
    """The holidays of some countries over the days of an event, by the clock of its venue, in the order of days."""
    first, last = event.day(), event.last_day()
    if first is None or last is None or (last - first).days > MOST_DAYS:
        return []
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    years = {day.year for day in days}
    known = [known for code in dict.fromkeys(countries) for year in sorted(years) for known in _of_year(code, year)]
    return sorted((one for one in known if one.day in days), key=lambda one: (one.day, one.country))


@lru_cache(200)
def _of_year(code: str, year: int) -> tuple[Holiday, ...]:
    # Heavy, and needed only where dates are chosen.
    import holidays

    calendars: dict[str, Any] = {}
    try:
        plain = holidays.country_holidays(code, years=year)
        spoken = plain.supported_languages
        for lang in ("en", "zh"):
            variants = [one for one in spoken if one.startswith(lang)]
            # Of the Chinese ones the simplified; a country whose names are in one language only has them in English.
            chosen = next((one for one in variants if one in {"en_US", "zh_CN"}), variants[0] if variants else None)
            if chosen:
                calendars[lang] = holidays.country_holidays(code, years=year, language=chosen)
        if not spoken:
            calendars["en"] = plain
    except (NotImplementedError, KeyError, ValueError):
        return ()  # a territory of which the library knows nothing
    found = []
    for day in sorted(plain):
        texts = {lang: known[day] for lang, known in calendars.items() if day in known} or {"en": plain[day]}
        made_up = any("substituted from" in text or "调休" in text for text in texts.values())
        found.append(Holiday(day, code, Translated() if made_up else _named(texts)))
    worked = (day for day in getattr(plain, "weekend_workdays", ()) if day.year == year)
    found += [Holiday(day, code, Translated(), is_worked=True) for day in sorted(worked)]
    return tuple(found)


def _named(texts: dict[str, str]) -> Translated:
    return Translated.of("en" if "en" in texts else "zh", **texts)
