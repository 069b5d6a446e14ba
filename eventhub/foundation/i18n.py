"""Two languages: which there are, texts that exist in several, and how dates read in each."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

import babel.dates
from babel import Locale
from babel.support import NullTranslations
from flask import g, has_request_context
from flask_babel import Domain, force_locale, get_locale
from markupsafe import Markup

from . import clock
from .pinyin import spelt

LOCALES: dict[str, str] = {"en": "English", "zh": "中文"}
HTML_LANG = {"en": "en", "zh": "zh-Hans"}
# A browser's wish, by its beginning: Chinese of any place and script reads our one Chinese edition.
_WISHES = {"zh": "zh", "yue": "zh", "en": "en"}

Freshness = Literal["missing", "fresh", "stale"]


class Text(str):
    """One language's text, which knows its language and whether the wanted one was missing."""

    __slots__ = ("is_fallback", "lang")
    lang: str
    is_fallback: bool

    @classmethod
    def of(cls, value: str, lang: str, *, is_fallback: bool = False) -> Text:
        """The text in a language."""
        text = cls(value)
        text.lang, text.is_fallback = lang, is_fallback
        return text


def digest(text: str) -> str:
    """A short fingerprint of a text, to know later whether a translation was made from it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# One for all texts that have nothing to say here: a programme holds ten thousands of them.
_NOTHING: Mapping[str, str] = {}


def _nothing() -> Mapping[str, str]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in several languages, with the one it was written in and what each translation was made from."""

    source: str = "en"
    texts: Mapping[str, str] = field(default_factory=_nothing)
    made_from: Mapping[str, str] = field(default_factory=_nothing)
    state: Mapping[str, str] = field(default_factory=_nothing)

    @classmethod
    def of(cls, source: str = "en", **texts: str) -> Translated:
        """A text whose translations were all made from what the source language says now."""
        return cls(source=source).edited(texts)

    def in_(self, locale: str) -> Text:
        """The text in the wanted language, else in its source language, else in any; fallbacks are marked."""
        texts = self.texts
        if wanted := texts.get(locale):
            return Text.of(wanted, locale)
        if original := texts.get(self.source):
            return Text.of(original, self.source, is_fallback=True)
        for lang, text in texts.items():
            if text:
                return Text.of(text, lang, is_fallback=True)
        return Text.of("", locale)

    def edited(self, texts: Mapping[str, str], source: str | None = None) -> Translated:
        """The text after somebody wrote these languages; what they left alone keeps what it was made from."""
        source = source or self.source
        merged = {**self.texts, **{lang: text.strip() for lang, text in texts.items()}}
        merged = {lang: text for lang, text in merged.items() if text}
        original = digest(merged.get(source, ""))
        made_from, state = {}, {}
        for lang, text in merged.items():
            if lang == source:
                continue
            is_new = text != self.texts.get(lang) or lang not in self.made_from
            made_from[lang] = original if is_new else self.made_from[lang]
            if not is_new and lang in self.state:
                state[lang] = self.state[lang]
        return Translated(source, merged, made_from, state)

    def freshness(self, locale: str) -> Freshness:
        """Whether this language's text is missing, made from today's source text, or from an older one."""
        if not self.texts.get(locale):
            return "missing"
        if locale == self.source or self.made_from.get(locale) == digest(self.texts.get(self.source, "")):
            return "fresh"
        return "stale"

    def __bool__(self) -> bool:
        return any(self.texts.values())

    def as_json(self) -> dict[str, Any]:
        """The value as it is stored."""
        value: dict[str, Any] = {"source": self.source, "texts": dict(self.texts)}
        if self.made_from:
            value["made_from"] = dict(self.made_from)
        if self.state:
            value["state"] = dict(self.state)
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Translated:
        """The value as it was stored."""
        return cls(value["source"], value["texts"], value.get("made_from", _NOTHING), value.get("state", _NOTHING))


EMPTY = Translated()


def gaps(texts: Iterable[Translated], languages: Iterable[str]) -> Counter[tuple[str, Freshness]]:
    """How many of these texts are missing, and how many out of date, in each of the languages."""
    found = Counter((lang, text.freshness(lang)) for text in texts if text for lang in languages)
    return Counter({key: number for key, number in sorted(found.items()) if key[1] != "fresh"})


def wished_locale(accepted: Iterable[str], default: str = "en") -> str:
    """The first of our languages among a browser's wishes in their order, else the default."""
    for tag in accepted:
        if known := _WISHES.get(tag.lower().replace("_", "-").split("-", 1)[0]):
            return known
    return default


class Catalogue(Domain):  # type: ignore[misc]  # ships no types
    """The interface's words, found by their language at once: the library looks for them anew at every word."""

    def get_translations(self) -> NullTranslations:
        """The words of the language that is being written now."""
        locale = get_locale()
        if locale is None:
            return NullTranslations()
        if locale.language not in self.cache:
            self.cache[locale.language] = super().get_translations()
        return self.cache[locale.language]  # type: ignore[no-any-return]


def language() -> str:
    """The language of what is being written now: of the page's address, or of the letter's reader."""
    if has_request_context() and "lang" in g and "forced_lang" not in g:
        return str(g.lang)
    locale = get_locale()
    return locale.language if locale and locale.language in LOCALES else "en"


@contextmanager
def writing_in(lang: str) -> Iterator[None]:
    """All that is written within is in a language, whatever that of the page is around it."""
    with force_locale(lang):
        if not has_request_context():
            yield
            return
        around, g.forced_lang = g.get("forced_lang"), lang
        try:
            yield
        finally:
            g.pop("forced_lang")
            if around:
                g.forced_lang = around


def gap() -> str:
    """What stands between two sentences: a space, and in Chinese nothing."""
    return "" if language() == "zh" else " "


_HAN = "[\u3007\u3400-\u4dbf\u4e00-\u9fff]"
_LATIN = "[A-Za-z0-9\u00c0-\u024f]"


def spaced(sentence: str, *values: object, lang: str | None = None) -> str:
    """A sentence in Chinese with a space at each edge of these values where Han and Latin letters or figures meet.

    A name may be in either script, so that the sentence itself cannot say it. What stands within a value stays as its
    author wrote it, and another language as it is; `lang` is the sentence's, where it is not that of the page.
    """
    if (lang or language()) != "zh":
        return sentence
    escape = sentence.escape if isinstance(sentence, Markup) else str
    for value in filter(None, map(escape, values)):
        put = re.escape(value)
        for one, other in ((_HAN, _LATIN), (_LATIN, _HAN)):
            before = rf"(?<={one})(?={put})" if re.match(other, value) else None
            after = rf"(?<={put})(?={one})" if re.match(other, value[-1]) else None
            for edge in filter(None, (before, after)):
                sentence = type(sentence)(re.sub(edge, " ", sentence))
    return sentence


@lru_cache
def babel_locale(lang: str) -> Locale:
    """Babel's locale for one of our languages."""
    return Locale.parse({"en": "en_GB", "zh": "zh_Hans_CN"}[lang])


_DAY = {"en": "EEEE d MMMM y", "zh": "y年M月d日 EEEE"}
_DATE = {"en": "d MMMM y", "zh": "y年M月d日"}
_SHORT_DAY = {"en": "EEE d MMM", "zh": "M月d日 EEE"}
_MONTH = {"en": "MMMM y", "zh": "y年M月"}
_SHORT_MONTH = {"en": "MMM y", "zh": "y年M月"}


def format_day(value: date, lang: str | None = None, *, short: bool = False) -> str:
    """`Wednesday 23 October 2019`, `2019年10月23日 星期三`; short: `Wed 23 Oct`, `10月23日 周三`."""
    pattern = (_SHORT_DAY if short else _DAY)[lang or language()]
    return _formatted_day(date(value.year, value.month, value.day), lang or language(), pattern)


@lru_cache(4096)
def _formatted_day(value: date, lang: str, pattern: str) -> str:
    return babel.dates.format_date(value, pattern, babel_locale(lang))


def format_date(value: date, lang: str | None = None) -> str:
    """A day as letters are dated, without its weekday: `23 October 2019`, `2019年10月23日`."""
    lang = lang or language()
    return _formatted_day(date(value.year, value.month, value.day), lang, _DATE[lang])


def format_month(value: date, lang: str | None = None, *, short: bool = False) -> str:
    """`October 2019`, `2019年10月`; short: `Oct 2019`."""
    lang = lang or language()
    return _formatted_day(date(value.year, value.month, 1), lang, (_SHORT_MONTH if short else _MONTH)[lang])


def format_weekday(value: date, lang: str | None = None) -> str:
    """`Wed`, `周三`."""
    return _formatted_day(date(value.year, value.month, value.day), lang or language(), "EEE")


def format_clock(value: datetime, zone_name: str | None = None, lang: str | None = None) -> str:
    """`14:05`, in both languages; of an hour that a zone's clock shows twice also which: `02:30 (UTC+01)`.

    Where the zone is not told, the second of two says that much.
    """
    hour = f"{value.hour:02}:{value.minute:02}"
    if zone_name:
        if not clock.is_twice(value, zone_name):
            return hour
        which = offset_label(clock.instant(value, zone_name), zone_name)
    elif value.fold:
        which = {"en": "second time", "zh": "第二次"}[lang or language()]
    else:
        return hour
    return f"{hour}（{which}）" if (lang or language()) == "zh" else f"{hour} ({which})"


def format_moment(value: datetime, lang: str | None = None, zone_name: str | None = None) -> str:
    """`Wednesday 23 October 2019, 14:05`, `2019年10月23日 星期三 14:05`."""
    lang = lang or language()
    glue = ", " if lang == "en" else " "
    return f"{format_day(value, lang)}{glue}{format_clock(value, zone_name, lang)}"


def format_zoned(value: datetime, zone_name: str, lang: str | None = None) -> str:
    """`Wednesday 23 October 2019, 14:05 Beijing time`, `2019年10月23日 星期三 14:05（北京时间）`, of a zone's clock."""
    lang = lang or language()
    moment, zone = format_moment(value.replace(fold=0), lang), zone_label(zone_name, lang)
    which = offset_label(clock.instant(value, zone_name), zone_name) if clock.is_twice(value, zone_name) else ""
    if lang == "zh":
        return f"{moment}（{zone}，{which}）" if which else f"{moment}（{zone}）"
    return f"{moment} {zone} ({which})" if which else f"{moment} {zone}"


def format_days(first: date, last: date, lang: str | None = None) -> str:
    """One day in full, or a range without what repeats: `23–24 October 2019`, `2019年10月23日至24日`."""
    lang = lang or language()
    if first == last:
        return format_day(first, lang)
    if lang == "zh":
        start = f"{first.year}年{first.month}月{first.day}日"
        if first.year != last.year:
            return f"{start}至{last.year}年{last.month}月{last.day}日"
        if first.month != last.month:
            return f"{start}至{last.month}月{last.day}日"
        return f"{start}至{last.day}日"
    locale = babel_locale("en")
    end = babel.dates.format_date(last, "d MMMM y", locale)
    if first.year != last.year:
        return f"{babel.dates.format_date(first, 'd MMMM y', locale)} – {end}"
    if first.month != last.month:
        return f"{babel.dates.format_date(first, 'd MMMM', locale)} – {end}"
    return f"{first.day}–{end}"


def zone_label(zone_name: str, lang: str | None = None, at: datetime | None = None) -> str:
    """`Beijing time`, `北京时间`: a zone by its city, in words, with its offset at a moment where given."""
    if zone_name == "UTC":
        return zone_name
    lang = lang or language()
    city = _city(zone_name, lang)
    label = f"{city}时间" if lang == "zh" else f"{city} time"
    if at is None:
        return label
    shown = offset_label(at, zone_name)
    return f"{label} ({shown})" if lang == "en" else f"{label}（{shown}）"


def offset_label(at: datetime, zone_name: str) -> str:
    """`UTC+08`, `UTC+05:30`: how far the clock of a zone is from UTC at a moment."""
    offset = at.astimezone(babel.dates.get_timezone(zone_name)).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:]}".replace(":00", "")


@lru_cache(4096)
def _city(zone_name: str, lang: str) -> str:
    if known := _CITIES.get(zone_name, {}).get(lang):
        return known
    # Asked by its function, the locale data is looked up under the zone's newer name, where it has nothing.
    found = babel_locale(lang).time_zones.get(_FILED_AS.get(zone_name, zone_name)) or {}
    return str(found.get("city") or zone_name.rpartition("/")[2].replace("_", " "))


# Cities that the locale data still files under the name that their zone had before.
_FILED_AS = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Atikokan": "America/Coral_Harbour",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Argentina/Catamarca": "America/Catamarca",
    "America/Argentina/Cordoba": "America/Cordoba",
    "America/Argentina/Jujuy": "America/Jujuy",
    "America/Argentina/Mendoza": "America/Mendoza",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville",
    "America/Nuuk": "America/Godthab",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
    "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Kanton": "Pacific/Enderbury",
    "Pacific/Pohnpei": "Pacific/Ponape",
}


def zone_words(zone_name: str, lang: str) -> str:
    """`Beijing time · Asia/Shanghai`: a zone in a list to choose from."""
    return f"{zone_label(zone_name, lang)} · {zone_name}"


def zones_by_city(lang: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """Zones with their words, the city first, in the order of the language's alphabet; former names are left out."""
    filed = babel_locale("zh").time_zones
    current = [n for n in names if n in _FILED_AS or (n in filed and n not in _FILED_AS.values())]
    words = {name: zone_words(name, lang) for name in current}
    return sorted(words.items(), key=lambda item: spelt(item[1]))


# What the locale data lists beside countries and territories: unions, test codes, and parts of others.
_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
# As organisations of the mainland write them.
_COUNTRIES: dict[str, dict[str, str]] = {
    "FK": {"zh": "马尔维纳斯群岛（福克兰群岛）"},
    "HK": {"zh": "中国香港"},
    "MO": {"zh": "中国澳门"},
    "PS": {"zh": "巴勒斯坦"},
    "TW": {"zh": "中国台湾"},
}
# Those that most Chinese readers look for, then all others by pinyin. Written down, because the dictionaries that
# know it take more memory than the rest of a process that shows public pages; a test compares the two.
_IN_CHINESE_ORDER = """
CN HK MO TW
AL DZ AF AR AE AW OM AZ IE EG ET EE AD AO AI AG AU AT AX BB PG BS PK PY PS BH PA BR BY BM BG MP MK BJ BE PE IS BW PR PL
BO BZ BA BT BF BI BV KP GQ DK DE TL TG DO DM EC ER RU FR FO PF GF TF MF VA FJ PH FI CV GM CG CD GD GL GE CO CR GG CU GP
GU GY KZ HT KR HM NL BQ SX ME HN DJ KG KI GN GW GH CA GA KH CZ ZW CM QA KY CC HR KM XK CI KW KE CK CW LV LS LA LB LR LY
LT LI RE LU RW RO MG IM MV MT FK MW MY ML MH MQ YT MU MR US UM AS VI MN BD MS FM MM MD MA MC MZ MX NA ZA AQ GS SS NR NI
NP NE NG NU NF NO PW PN PT JP SE CH SV WS RS SL SN CY SC SA BL CX ST SH KN LC SM PM VC LK SK SI SJ SZ SD SR SB SO TJ TH
TZ TO TC TT TR TM TN TV TK WF VU GT VE BN UG UA UY UZ ES GR EH SG NC NZ HU SY JM AM YE IT IQ IR IL IN ID GB VG IO JO VN
ZM JE TD GI CL CF
"""


@lru_cache
def countries(lang: str) -> dict[str, str]:
    """Code and name of each country and territory, in the order in which readers of the language look for it."""
    codes = (str(code) for code in babel_locale(lang).territories)
    named = {
        code: country_name(code, lang)
        for code in codes
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
    if lang == "zh":
        # What the locale data may come to list one day follows after all others.
        return {code: named[code] for code in dict.fromkeys((*_IN_CHINESE_ORDER.split(), *named))}
    return dict(sorted(named.items(), key=lambda item: _in_dictionary(item[1])))


def _in_dictionary(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def country_name(code: str, lang: str | None = None) -> str:
    """The name of a country by its code, or the code where nobody has named it."""
    lang = lang or language()
    return _COUNTRIES.get(code, {}).get(lang) or str(babel_locale(lang).territories.get(code, code))


# China's clock is called after Beijing by everybody; Geneva keeps the time that the zone database files under Zurich.
_CITIES: dict[str, dict[str, str]] = {
    "Asia/Shanghai": {"en": "Beijing", "zh": "北京"},
    "Europe/Zurich": {"en": "Geneva", "zh": "日内瓦"},
}
