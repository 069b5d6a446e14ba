"""Words with placeholders: `{name}` and a few others that organisers put into the letters that they write.

A placeholder is a name from a list and nothing else: no expression, no attribute, no format. What stands in its place
stays text: neither Markdown nor HTML nor a second placeholder in it has any effect, and mail programs make no link of
what somebody typed as their name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from eventhub.foundation import markup
from eventhub.foundation.errors import Invalid
from eventhub.foundation.i18n import LOCALES, Translated, gap

# What each stands for, as the list beside the field says it.
PLACEHOLDERS = {
    "name": _l("the name of who reads it"),
    "event": _l("the title of the event"),
    "when": _l("day, weekday, hours and time zone of the event"),
    "where": _l("venue and address, or that it is online"),
    "organiser": _l("the name of the organiser"),
    "contact": _l("the organisers’ address for replies"),
    "link": _l("the reader’s own link"),
    "event_page": _l("the link of the event’s public page"),
}
# In letters about a whole series, which has no one hour and no one place.
OF_SERIES = {
    "name": PLACEHOLDERS["name"],
    "event": _l("the title of the series"),
    "organiser": PLACEHOLDERS["organiser"],
    "link": PLACEHOLDERS["link"],
    "event_page": _l("the link of the series’ public page"),
}
# Those that are addresses of this site: made by us, and good to be followed.
LINKS = ("link", "event_page")
WITHOUT_LINKS = {name: meaning for name, meaning in PLACEHOLDERS.items() if name not in LINKS}
# Those of organisers, which are known to be addresses and nothing else.
ADDRESSES = ("contact",)
_BRACES = re.compile(r"\{([^{}\n]*)\}")
# Stand-ins while the Markdown around them is read: marks that no text of people keeps.
_FIRST, _LAST = "\ue000", "\uf8ff"
_PRIVATE = re.compile(f"[{_FIRST}-{_LAST}]")
# What makes a mail program see an address: these between two characters, but for the colon of an hour. A mark without
# width takes that away.
_JOINTS = re.compile(r"(?<=\S)([.。．｡@/\\]|:(?!\d))(?=\S)")
NO_WIDTH = "\u200c"
_MOST = 300
# So many wrong placeholders of a field are told, each with its place; of more, how many they are.
_MOST_TOLD = 10
# A first line that greets: short, with the name in it, and closed by what greetings end with.
_GREETING = re.compile(r"\s*[^\n]{0,60}\{name\}[^\n]{0,30}[,，、:：!！]\**[ \t\r]*(?:\n|$)")
# How what Markdown makes looks in a letter, where style sheets are dropped.
_STYLES = {
    "p": "margin:0 0 16px;",
    "ul": "margin:0 0 16px;padding-left:24px;",
    "ol": "margin:0 0 16px;padding-left:24px;",
    "h3": "margin:0 0 8px;font-size:18px;",
    "h4": "margin:0 0 8px;font-size:16px;",
    "blockquote": "margin:0 0 16px;padding-left:16px;border-left:3px solid #d9d6cd;",
    "a": "color:#0f6b6b;",
}


@dataclass(frozen=True, slots=True)
class Prose:
    """Words of organisers in Markdown, with what stands in the place of each placeholder.

    `lang` is the language they are in, where that is another than the letter's, and `mark` says so in the letter's.
    """

    text: str
    values: Mapping[str, str]
    lang: str = ""
    mark: str = ""

    @property
    def html(self) -> Markup:
        """The words as HTML; values are escaped, and links only where we made them."""
        html = str(markup.to_html(self._source()))
        for tag, style in _STYLES.items():
            html = re.sub(rf"<{tag}(?=[ >])", f'<{tag} style="{style}"', html)
        return Markup(self._filled(html, html=True))  # noqa: S704 - each part is escaped

    @property
    def shown(self) -> Markup:
        """The same for a page, which has a style sheet."""
        return Markup(self._filled(str(markup.to_html(self._source())), html=True))  # noqa: S704 - as above

    @property
    def plain(self) -> str:
        """The words as plain text."""
        return self._filled(markup.to_plain(self._source()), html=False)

    def _source(self) -> str:
        def stand_in(found: re.Match[str]) -> str:
            name = found[1]
            if name not in PLACEHOLDERS:
                return found[0]
            if name not in LINKS:
                return chr(ord(_FIRST) + list(PLACEHOLDERS).index(name))
            target = self.values.get(name, "")
            return target if text[: found.start()].endswith("](") else f"<{target}>"

        text = _PRIVATE.sub("", self.text)
        return _BRACES.sub(stand_in, text)

    def _filled(self, text: str, *, html: bool) -> str:
        for number, name in enumerate(PLACEHOLDERS):
            if (mark := chr(ord(_FIRST) + number)) in text:
                value = _said(name, self.values)
                text = text.replace(mark, escape(value) if html else value)
        return text


def greets(text: str) -> bool:
    """Whether words begin with a greeting of their own, so that ours would be a second one."""
    return _GREETING.match(text) is not None


def fill(text: str, values: Mapping[str, str]) -> str:
    """Plain words with their values."""
    return _BRACES.sub(lambda found: _said(found[1], values) if found[1] in PLACEHOLDERS else found[0], text)


def fill_line(text: str, values: Mapping[str, str]) -> str:
    """A subject with its values, on one line."""
    return " ".join(fill(text, values).split())


def _said(name: str, values: Mapping[str, str]) -> str:
    """What stands for a placeholder, as text; an address to which one may write stays one when it is copied."""
    value = values.get(name, "")
    if name in ADDRESSES:  # who has none is named, or there would be a hole in the sentence
        return value or plainly(values.get("organiser", ""))
    return plainly(value)


def plainly(value: str) -> str:
    """What somebody typed, as text on one line of which no mail program makes a link; it looks the same."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in _PRIVATE.sub("", value)).split())
    return _JOINTS.sub(rf"\1{NO_WIDTH}", line[:_MOST])


def check(subject: Translated, text: Translated, among: Iterable[str] = PLACEHOLDERS) -> None:
    """Raise Invalid where a letter holds placeholders that there are not, with their places and what may be meant.

    All of them are told, beside the fields they stand in; a subject has no links.
    """
    among = list(among)
    plain = [one for one in among if one not in LINKS]
    _refuse(("subject", subject, plain), ("text", text, among))


def check_note(note: Translated) -> None:
    """The same of plain words in a letter that has its own links."""
    _refuse(("note", note, list(WITHOUT_LINKS)))


def _refuse(*fields: tuple[str, Translated, Sequence[str]]) -> None:
    refused = [
        Invalid(f"{name}_{lang}", gap().join(_told(name, wrong)))
        for lang in LOCALES
        for name, texts, known in fields
        if (wrong := list(_unknown(texts.texts.get(lang, ""), known)))
    ]
    if refused:
        first, *others = refused
        raise Invalid(first.field, first.message, others)


def _unknown(text: str, known: Sequence[str]) -> Iterator[dict[str, str | int]]:
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _BRACES.finditer(line):
            if found[1] in known:
                continue
            near = difflib.get_close_matches(found[1].strip().casefold(), known, 1)
            wrong: dict[str, str | int] = {"line": number, "place": found.start() + 1, "braces": found[0][:60]}
            yield wrong | ({"meant": "{" + near[0] + "}"} if near else {})


def _told(field: str, wrong: Sequence[Mapping[str, str | int]]) -> Iterator[str]:
    """What is wrong with the placeholders of a field, in sentences: a link in a subject is one, and in its place."""
    links = [one for one in wrong if str(one["braces"]).strip("{}") in LINKS]
    if links:
        found = gettext(", ").join(dict.fromkeys(str(one["braces"]) for one in links))
        yield str(
            gettext("A subject has no links: please write %(placeholders)s into the text.", placeholders=found)
            if field == "subject"
            else gettext("There are no links here, for the letter has its own: please leave %(placeholders)s out.",
                         placeholders=found)
        )  # fmt: skip
    if others := [one for one in wrong if one not in links]:
        yield _told_unknown(others)


def _told_unknown(wrong: Sequence[Mapping[str, str | int]]) -> str:
    if len(wrong) == 1:
        [one] = wrong
        return str(
            gettext(
                "Line %(line)s, character %(place)s: there is no placeholder %(braces)s. Did you mean %(meant)s?", **one
            )
            if "meant" in one
            else gettext(
                "Line %(line)s, character %(place)s: there is no placeholder %(braces)s. "
                "Please choose one from the list.", **one,
            )
        )  # fmt: skip
    said = [
        gettext("%(braces)s (line %(line)s, character %(place)s; perhaps %(meant)s)", **one)
        if "meant" in one
        else gettext("%(braces)s (line %(line)s, character %(place)s)", **one)
        for one in wrong[:_MOST_TOLD]
    ]
    if more := len(wrong) - len(said):
        said.append(ngettext("%(num)s more placeholder", "%(num)s more placeholders", more))
    return str(gettext("There are no such placeholders: %(placeholders)s.", placeholders=gettext(", ").join(said)))
