"""What is other in one programme than in another: told to organisers before a release, and to everybody after it.

A difference is plain values in no language, so that a release can keep it and each reader gets it in their own words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .snapshots import Snapshot, Values

# What concerns everybody who wants to be there, and not only those who speak.
SUBSTANTIAL = {"new", "gone", "moved", "room", "cancelled", "restored"}
_DETAILS = (
    "kind", "slug", "track_id", "language", "interpretation", "level", "capacity", "has_sign_up", "repeats_id",
    "do_not_record",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """How one session, or a room or track in several, is other than before.

    `what` are any of: new, gone, moved, room, cancelled, restored, people, texts, details; or alone: removed, which
    was cancelled before, rooms or tracks.
    """

    values: Values

    @property
    def session_id(self) -> UUID | None:
        """The session it is about, or none where it is about rooms or tracks."""
        return UUID(self.values["session"]) if "session" in self.values else None

    @property
    def what(self) -> frozenset[str]:
        """In which ways it is other."""
        return frozenset(self.values["what"])

    @property
    def is_substantial(self) -> bool:
        """Whether somebody who wants to be there has to know.

        That a break alone comes, moves or is cancelled is on the page, in the changelog and in calendars, and is worth
        no letter to everybody: nobody travels for the coffee. Whoever signed up for one, such as for a dinner with
        places, hears of the end of their sign-up. A reception, at which people mean to meet, is told like a talk.
        """
        return bool(self.what & SUBSTANTIAL) and self.values.get("kind") != "break"

    @property
    def is_known(self) -> bool:
        """Whether those concerned have had their letter about it before: what leaves had been cancelled."""
        return self.what == {"removed"}

    def people(self) -> Iterator[str]:
        """The ids of those people whose part in the session began, ended or became another."""
        told = self.values.get("people", {})
        for part in (*told.get("joined", ()), *told.get("left", ()), *told.get("changed", ())):
            if person_id := part.get("person_id"):
                yield person_id


def between(before: Snapshot, after: Snapshot) -> list[Difference]:
    """How the programme after is other than the one before, in the order of time."""
    old, new = _Side.of(before), _Side.of(after)
    found = [
        Difference(values) for session_id in {**old.sessions, **new.sessions} if (values := _of(session_id, old, new))
    ]
    found.sort(key=lambda one: (one.values.get("is") or one.values.get("was") or {}).get("starts", ""))
    places = ((noun, before.programme[noun], after.programme[noun]) for noun in ("rooms", "tracks"))
    return [
        *found,
        *(Difference(values) for noun, old_ones, new_ones in places if (values := _places(noun, old_ones, new_ones))),
    ]


def fingerprint(number: int, found: Iterable[Difference]) -> str:
    """What tells whether somebody who releases has seen just these differences from just this release."""
    told = json.dumps([number, [one.values for one in found]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _places(noun: str, before: list[Values], after: list[Values]) -> Values | None:
    """Which rooms or tracks came and went, and whether those that stayed have another name or order."""
    if _named(before) == _named(after):
        return None
    had, has = ({thing["id"] for thing in things} for things in (before, after))
    stayed = [_named([thing for thing in things if thing["id"] in had & has]) for things in (before, after)]
    return {
        "what": [noun],
        "added": [thing["name"] for thing in after if thing["id"] not in had and "name" in thing],
        "gone": [thing["name"] for thing in before if thing["id"] not in has and "name" in thing],
        "is_recast": stayed[0] != stayed[1],
    }


def _named(things: list[Values]) -> list[Any]:
    return [{**thing, "name": _source(thing.get("name"))} for thing in things]


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two programmes, by ids."""

    sessions: Values
    rooms: Values
    names: Values

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Side:
        sessions = {session["id"]: session for session in snapshot.sessions}
        return cls(sessions, {room["id"]: room.get("name") for room in snapshot.programme["rooms"]}, snapshot.names)

    def stand(self, session: Values) -> Values:
        """When and where a session is."""
        stand = {"starts": session["starts"], "ends": session["ends"]}
        if room := self.rooms.get(session.get("room_id", "")):
            stand["room"] = room
        return stand

    def part(self, part: Values) -> Values:
        """Who does what and how, and as whom they are announced."""
        told: Values = {key: part[key] for key in ("id", "person_id", "role", "mode") if key in part}
        name = self.names.get(part["id"], {})
        return {**told, "words": [_source(name.get("name")), _source(name.get("affiliation"))]}


def _of(session_id: str, before: _Side, after: _Side) -> Values | None:
    old, new = before.sessions.get(session_id), after.sessions.get(session_id)
    if old and old == new and all(before.names.get(one["id"]) == after.names.get(one["id"]) for one in old["parts"]):
        return None  # as most are: nothing of it has to be looked at
    session = new or old
    assert session
    values: Values = {"session": session_id, **{key: session[key] for key in ("slug", "kind", "title")}}
    if old is None or new is None:
        if new:
            return {**values, "what": ["new"], "is": after.stand(new)}
        assert old
        return {**values, "what": ["gone" if old["state"] != "cancelled" else "removed"], "was": before.stand(old)}
    people = _people(before, after, old, new)
    if not (what := list(_ways(old, new, is_recast=any(people.values())))):
        return None
    values |= {"what": what, "was": before.stand(old), "is": after.stand(new)}
    if "details" in what:
        values["details"] = [name for name in _DETAILS if old.get(name) != new.get(name)]
    return {**values, "people": people} if "people" in what else values


def _ways(old: Values, new: Values, *, is_recast: bool) -> Iterator[str]:
    if old["state"] != new["state"]:
        yield "cancelled" if new["state"] == "cancelled" else "restored"
    if (old["starts"], old["ends"]) != (new["starts"], new["ends"]):
        yield "moved"
    if old.get("room_id") != new.get("room_id"):
        yield "room"
    if is_recast:
        yield "people"
    shared = {part["id"] for part in old["parts"]} & {part["id"] for part in new["parts"]}
    if _texts(old, shared) != _texts(new, shared):
        yield "texts"
    if any(old.get(name) != new.get(name) for name in _DETAILS) or _order(old, shared) != _order(new, shared):
        yield "details"


def _people(before: _Side, after: _Side, old: Values, new: Values) -> dict[str, list[Values]]:
    had = {part["id"]: before.part(part) for part in old["parts"]}
    has = {part["id"]: after.part(part) for part in new["parts"]}
    return {
        "joined": [_plain(part) for key, part in has.items() if key not in had],
        "left": [_plain(part) for key, part in had.items() if key not in has],
        "changed": [
            {**_plain(part), "was": {"role": had[key]["role"], "mode": had[key]["mode"]}}
            for key, part in has.items()
            if key in had and had[key] != part
        ],
    }


def _plain(part: Values) -> Values:
    """A part without the words that name somebody: those are kept where they can be erased."""
    return {key: value for key, value in part.items() if key != "words"}


def _order(session: Values, shared: set[str]) -> list[str]:
    return [part["id"] for part in session["parts"] if part["id"] in shared]


def _texts(session: Values, shared: set[str]) -> Any:
    """The words in the language they were written in: a translation is live at once and no part of a release."""
    spoken = {
        part["id"]: (
            _source(part.get("presentation_title")),
            _source(part.get("presentation_abstract")),
            part.get("presentation_minutes"),
            part.get("presents_with_id"),
        )
        for part in session["parts"]
        if part["id"] in shared
    }
    return _source(session.get("title")), _source(session.get("abstract")), spoken


def _source(text: Values | None) -> str:
    return str(text["texts"].get(text["source"], "")) if text else ""
