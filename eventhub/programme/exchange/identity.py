"""Which entry of a calendar is which from before, although the other side moved the series of which it is one.

An occurrence is called by its series and by when it was planned (RFC 5545 §3.8.4.4): whoever moves a series by an hour
gives each of its occurrences another name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from eventhub.foundation.i18n import EMPTY

from .entries import Entry

_OCCURRENCE = re.compile(r"(.+)/(\d{8}T\d{4})", re.DOTALL)
# Google gives the rest of a series that is changed "from this one on" a UID made of the first one's.
_REST = re.compile(r"_R\d{8}(T\d{6}Z?)?(?=@google\.com$)")
_DAY, _HALF_A_DAY = timedelta(days=1), timedelta(hours=12)

Planned = tuple[datetime, str]


def of_occurrence(uid: str, planned: datetime) -> str:
    """What an occurrence of a series is called, by when it was planned on the series' own clock."""
    return f"{uid}/{planned:%Y%m%dT%H%M}"


def is_same_uid(one: str | None, other: str | None) -> bool:
    """Whether two names have one UID, so that their versions can be compared."""
    return bool(one and other) and _parted(one or "")[0] == _parted(other or "")[0]


def renamed(known: str | None, told: str) -> str | None:
    """What is called so from now on, where a calendar tells of it by a name: the new one of the same series."""
    if known is None or _series(known) == _series(told):
        return told or None
    return known


def paired(known: Iterable[str], told: Iterable[str]) -> dict[str, str]:
    """By the names that are new those, known from before and told no more, of the same occurrences at other hours.

    Only where nothing else can be meant: each one as far from where it was, and by less than lies between two of them;
    or each on its own day, as many as there were and in their order. None is taken past one that stays.
    """
    here, there = set(known), set(told)
    old, new = _by_series(here), _by_series(there)
    found: dict[str, str] = {}
    for uid in old.keys() & new.keys():
        gone = [one for one in old[uid] if one[1] not in there]
        come = [one for one in new[uid] if one[1] not in here]
        if gone and come:
            stay = [at for at, name in old[uid] if name in there]
            found |= _all_as_far(gone, come, stay) or _day_by_day(gone, come, stay)
    return found


def spread(entries: Sequence[Entry], known: Collection[str]) -> list[Entry]:
    """The entries, with one for each known occurrence of a series that is called off as a whole (RFC 5546 §3.2.5)."""
    told = {entry.key for entry in entries}
    off = {entry.key for entry in entries if entry.is_cancelled and entry.key and entry.key not in known}
    if not off:
        return list(entries)
    occurrences: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(known) - told):
        uid, at = _parted(name)
        if at and uid in off:
            occurrences[uid].append(name)
    found: list[Entry] = []
    for entry in entries:
        bare = replace(entry, title=EMPTY, abstract=None, starts=None, ends=None, room=None)
        found += [replace(bare, key=name) for name in occurrences.get(entry.key, ())] or [entry]
    return found


def _all_as_far(gone: Sequence[Planned], come: Sequence[Planned], stay: Sequence[datetime]) -> dict[str, str]:
    if len(gone) != len(come):
        return {}
    by = come[0][0] - gone[0][0]
    least = min((later[0] - one[0] for one, later in pairwise(gone)), default=_DAY)
    for (was, _), (now, _) in zip(gone, come, strict=True):
        if now - was != by or abs(by) >= least or any(min(was, now) <= at <= max(was, now) for at in stay):
            return {}
    return {new: old for (_, old), (_, new) in zip(gone, come, strict=True)}


def _day_by_day(gone: Sequence[Planned], come: Sequence[Planned], stay: Sequence[datetime]) -> dict[str, str]:
    found: dict[str, str] = {}
    for day in {at.date() for at, _ in gone}:
        was, now = ([one for one in ones if one[0].date() == day] for ones in (gone, come))
        there = [at for at in stay if at.date() == day]
        pairs = list(zip(was, now, strict=False))
        if len(was) == len(now) and all(
            abs(new - old) <= _HALF_A_DAY and not any(min(old, new) <= at <= max(old, new) for at in there)
            for (old, _), (new, _) in pairs
        ):
            found |= {new: old for (_, old), (_, new) in pairs}
    return found


def _by_series(names: Iterable[str]) -> dict[str, list[Planned]]:
    found: dict[str, list[Planned]] = defaultdict(list)
    for name in sorted(names):
        if (at := _parted(name)[1]) is not None:
            found[_series(name)].append((at, name))
    return {uid: sorted(ones) for uid, ones in found.items()}


def _series(name: str) -> str:
    return _REST.sub("", _parted(name)[0])


def _parted(name: str) -> tuple[str, datetime | None]:
    """The UID in a name, and when the occurrence was planned."""
    found = _OCCURRENCE.fullmatch(name)
    try:
        at = datetime.strptime(found[2], "%Y%m%dT%H%M") if found else None  # noqa: DTZ007 - by the series' own clock
    except ValueError:
        at = None
    return (found[1], at) if found and at else (name, None)
