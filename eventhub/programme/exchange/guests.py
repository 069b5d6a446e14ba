"""Who the people in a file are: those already in the session, people whom the importer knows, else only names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.people.models import Person
from eventhub.people.names import Names, tidy
from eventhub.programme import queries
from eventhub.programme.models import INTERNAL_ROLES, ProgrammeSession, SessionRole
from eventhub.programme.plans import SpeakerPlan

from . import words
from .entries import Entry, Guest


class Guests:
    """Finds the people of a file among those whom an organiser knows, and never among others.

    Somebody is known by exactly their name, in either script. Where two people have it, it is only a name.
    """

    def __init__(self, actor: Actor, event: Event) -> None:
        here = (
            select(SessionRole.person_id)
            .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
            .where(ProgrammeSession.event_id == event.id, SessionRole.person_id.is_not(None))
        )
        names: dict[UUID, Names] = {
            row.id: row.names
            for row in db.session.execute(
                select(Person.id, Person.names).where(queries.known_to(actor) | Person.id.in_(here))
            )
        }
        self._names = {person_id: _written(one) for person_id, one in names.items()}
        self._by_name: dict[str, set[UUID]] = defaultdict(set)
        for person_id, written in self._names.items():
            for name in written:
                self._by_name[name].add(person_id)

    def plans(self, entry: Entry, kind: str, before: Sequence[SpeakerPlan]) -> Sequence[SpeakerPlan]:
        """The people of a session as an entry has them.

        Whom no export shows stays: who has not confirmed, and the organisers' own contact.
        """
        if entry.people is None:
            return before
        left = list(before)
        pairs: list[tuple[SpeakerPlan | None, SpeakerPlan]] = []
        for guest in entry.people:
            old = self._find(guest, left)
            if old:
                left.remove(old)
            pairs.append((old, self._plan(guest, old, kind, whole=entry.is_whole)))
        if entry.is_whole:
            rows: dict[int | None, UUID | None] = {number: old.role_id for number, (old, _) in enumerate(pairs) if old}
            pairs = [
                (old, replace(plan, presents_with_id=rows.get(guest.presents_with)))
                for guest, (old, plan) in zip(entry.people, pairs, strict=True)
            ]
        return _in_order(pairs, before, [one for one in left if one.state != "confirmed" or one.role in INTERNAL_ROLES])

    def _find(self, guest: Guest, left: Sequence[SpeakerPlan]) -> SpeakerPlan | None:
        names = {tidy(text) for text in guest.name.texts.values()}

        def is_same(one: SpeakerPlan) -> bool:
            if one.person_id is None:
                return bool(names & {tidy(text) for text in one.name.texts.values()})
            return one.person_id == guest.id or bool(names & self._names.get(one.person_id, set()))

        told = (guest.affiliation or EMPTY).texts

        def differs(one: SpeakerPlan) -> tuple[bool, bool]:
            return bool(guest.role) and one.role != guest.role, one.affiliation.texts != told

        return min(filter(is_same, left), key=differs, default=None)

    def _plan(self, guest: Guest, old: SpeakerPlan | None, kind: str, *, whole: bool) -> SpeakerPlan:
        if old is None:
            person_id = self._known(guest)
            name = EMPTY if person_id else guest.name
            old = SpeakerPlan(role=guest.role or words.role_in(kind), person_id=person_id, name=name)
        plan = replace(
            old,
            role=guest.role or old.role,
            mode=guest.mode or old.mode,
            affiliation=_kept(old.affiliation, guest.affiliation, whole=whole),
        )
        if not whole:
            return plan
        return replace(
            plan,
            name=old.name if old.person_id else _kept(old.name, guest.name, whole=True),
            country=guest.country or None,
            presentation_title=_kept(old.presentation_title, guest.presentation_title, whole=True),
            presentation_abstract=_kept(old.presentation_abstract, guest.presentation_abstract, whole=True),
            presentation_minutes=guest.presentation_minutes or None,
        )

    def _known(self, guest: Guest) -> UUID | None:
        if guest.id in self._names:
            return guest.id
        found = {one for text in guest.name.texts.values() for one in self._by_name.get(tidy(text), ())}
        return found.pop() if len(found) == 1 else None


def _written(names: Names) -> set[str]:
    """The ways in which a name is written out."""
    turned = f"{names.family} {names.given}" if names.family and names.given else ""
    return {tidy(name) for name in (names.latin, turned, names.han, names.pinyin) if name}


def _kept(old: Translated, new: Translated | None, *, whole: bool) -> Translated:
    """The new text where it says something else."""
    if new is None or (not new and not whole) or (old.source, old.texts) == (new.source, new.texts):
        return old
    if whole:
        return new if old or new else old
    return old if all(old.texts.get(lang) == text for lang, text in new.texts.items()) else old.edited(new.texts)


def _in_order(
    pairs: Sequence[tuple[SpeakerPlan | None, SpeakerPlan]],
    before: Sequence[SpeakerPlan],
    others: Sequence[SpeakerPlan],
) -> tuple[SpeakerPlan, ...]:
    """The people in the file's order, with each of the others still after whom they followed."""
    result: list[tuple[UUID | None, SpeakerPlan]] = [(old.role_id if old else None, plan) for old, plan in pairs]
    for one in others:
        ids = [role_id for role_id, _ in result]
        earlier = [ids.index(b.role_id) for b in before[: before.index(one)] if b.role_id in ids]
        result.insert(earlier[-1] + 1 if earlier else 0, (one.role_id, one))
    return tuple(plan for _, plan in result)
