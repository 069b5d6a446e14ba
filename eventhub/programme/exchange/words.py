"""What files call things, and what we call what is wrong with them."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l

from eventhub.foundation import fetching
from eventhub.programme.models import KINDS, MODES, ROLES

# A file with one of these is not imported; everything else is only told.
ERRORS = {
    "no_title": _l("It has no title."),
    "no_start": _l("Its start cannot be read: %(about)s. Write the day and the hour as 2027-03-10 14:05."),
    "no_end": _l("Give an end or a duration as well."),
    "bad_end": _l("Its end cannot be read: %(about)s. Write it as 2027-03-10 15:30, or 15:30 on the same day."),
    "bad_duration": _l("Its duration cannot be read: %(about)s. Write it in minutes, or as 1:30."),
    "end_before_start": _l("It ends before it begins: %(about)s."),
    "out_of_reach": _l("Its year is out of reach: %(about)s. Choose a year from 1970 to 2100."),
    "skipped": _l("The clocks are put forward over this time: %(about)s does not exist on that day."),
    "same_key": _l("Another entry has the same id: %(about)s."),
    "long_key": _l("Its id is too long: %(about)s…"),
    "broken": _l("It cannot be read: %(about)s"),
    "cut_off": _l("The file is not complete: %(about)s is missing."),
    "no_uid": _l("It has no UID, by which it could be found again."),
    "too_often": _l(
        "It repeats by hours, minutes or seconds, or more than twelve times a day: %(about)s. Enter its sessions one "
        "by one."
    ),
    "long_rule": _l("The rule by which it repeats is too long: %(about)s…"),
    "bad_rule": _l("The rule by which it repeats (RRULE) cannot be read: %(about)s."),
    "never": _l("By its rule it never takes place: %(about)s."),
}
# What a calendar calls them: nobody has written its hours by hand.
OF_CALENDARS = {
    "no_start": _l("Its start (DTSTART) cannot be read: %(about)s."),
    "bad_end": _l("Its end (DTEND) cannot be read: %(about)s."),
    "bad_duration": _l("Its duration (DURATION) cannot be read: %(about)s."),
}
NOTICES = {
    "shortened": _l("A text is too long and was cut: %(about)s…"),
    "twice": _l("This hour exists twice, as the clocks are put back: %(about)s. The first one is taken."),
    "whole_day": _l("An entry of whole days is no session and was left out: %(about)s."),
    "days": _l(
        "It is of whole days; from 9:00 on the first to 18:00 on the last is assumed, and other hours that you set "
        "stay: %(about)s."
    ),
    "no_length": _l("It says no end; an hour is assumed: %(about)s."),
    "put_forward": _l("The clocks are put forward over a time of this entry; the hour after it is taken: %(about)s."),
    "other_rule": _l("Besides its first rule it has another one, which is not read: %(about)s."),
    "no_stamp": _l(
        "An entry does not say when it was written (DTSTAMP); which version is newer is told by SEQUENCE alone."
    ),
    "stale": _l("The programme has a newer version of this entry, which stays: %(about)s."),
    "older": _l("An older version of another entry was left out: %(about)s."),
    "kind": _l("Its kind is not known here: %(about)s. A new session becomes a presentation."),
    "language": _l("Its language is not kept, for the programme knows only English and Chinese: %(about)s."),
    "licence": _l("The licence of its recording is not kept: %(about)s."),
    "column": _l("This column is not read: %(about)s."),
    "zone": _l("The time zone is not known: %(about)s. Its hours are taken for those of the event."),
    "encoding": _l("The file is not in UTF-8; it was read as GB 18030."),
    "latin": _l("The file is not in UTF-8; it was read as Latin-1."),
    "endless": _l("What repeats without end is read for these days only: %(about)s."),
    "link": _l("The place of an entry is the address of a meeting; it was not made a room, which everybody would see."),
    "join": _l("The text holds the address of a meeting, which everybody will see: %(about)s."),
    "people": _l("Only the first %(about)s people are read."),
}
PROBLEMS = ERRORS | NOTICES

# What a refresh did by itself, and what it left to a person.
HAPPENED = {
    "new": _l("New"),
    "changed": _l("Changed"),
    "held": _l("Changed there, and different here: it stays as it is here until you take it over"),
    "cancelled": _l("Cancelled there, and not here: nobody is told before you cancel it yourself"),
    "gone": _l("Not in the calendar any more; it stays here"),
}
# Why a refresh of a calendar that is followed came to nothing.
FAILURES = fetching.WORDS | {
    "unreadable": _l("What lies at the address is no calendar that can be read."),
    "errors": _l(
        "There are errors in the calendar. Nothing of it was taken over; fetch its address again to see them."
    ),
}

# The addresses at which meetings of the usual platforms are joined.
JOIN = re.compile(
    r"(?:zoom\.us/(?:j|my|w)/|teams\.(?:microsoft|live)\.com/(?:l/)?meet|meet\.google\.com/|webex\.com/(?:meet|[\w/.]{0,80}j\.php)"
    r"|meeting\.tencent\.com/|voovmeeting\.com/)"
)
# The words by which other systems and people tell the kinds of sessions; the first that occurs in theirs counts.
_KIND_WORDS = {
    "keynote": "keynote|主旨|主题演讲",
    "panel": "panel|discussion|debate|round ?table|圆桌|对话|论坛讨论",
    "plenary": "plenary|opening|closing|全体|开幕|闭幕",
    "launch": "launch|发布",
    "breakout": "breakout|workshop|tutorial|training|bof|birds of a feather|分组|工作坊|平行",
    "break": "break|lunch|coffee|tea|dinner|茶歇|休息|午餐|晚餐",
    "networking": "network|social|reception|meet ?up|交流|联谊|招待",
    "presentation": "presentation|talk|lecture|lightning|报告|演讲|讲座",
}
_KINDS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _KIND_WORDS.items()}
_LANGUAGES = {
    "en": ("en", "eng", "english", "英语", "英文"),
    "zh": ("zh", "zho", "chi", "cn", "chinese", "中文", "汉语", "普通话"),
}
_ROLE_OF_KIND = {"panel": "panellist", "plenary": "panellist", "keynote": "keynote"}


def kind_of(text: str) -> str | None:
    """The kind of session that a word of another system means, or none where nobody can tell."""
    text = text.strip()[:100]
    if text.lower() in KINDS:
        return text.lower()
    return next((kind for kind, words in _KINDS.items() if words.search(text)), None)


def language_of(text: str) -> str | None:
    """The language of ours that a code or a word means."""
    first = re.split(r"[-_/ ,;]", text.strip().lower()[:40])[0]
    return next((lang for lang, words in _LANGUAGES.items() if first in words), None)


def role_in(kind: str) -> str:
    """What somebody does in a session of a kind of whom a file says only that they are in it."""
    return _ROLE_OF_KIND.get(kind, "presenter")


def one_of(value: object, known: tuple[str, ...] = (*ROLES, *MODES)) -> str | None:
    """The value, if it is one of those that are known."""
    return value if isinstance(value, str) and value in known else None
