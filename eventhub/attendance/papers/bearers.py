"""Those whose names stand on badges and lists: in which scripts, as what, and in which order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from eventhub.attendance import queries
from eventhub.attendance.models import ONLINE, WalkIn
from eventhub.events.models import Event, EventRole
from eventhub.foundation.db import db
from eventhub.organisations.models import Membership
from eventhub.people.models import Person
from eventhub.people.names import Names, names_from, pinyin_of
from eventhub.programme.models import SessionRole
from eventhub.programme.speaker_queries import addresses_of, shown_parts
from eventhub.registrations.models import Place, Pool, Registration

from .models import PrintedBadge

ROLES = ("participant", "speaker", "moderator", "organiser")
_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
# Han characters together: `欧阳明远`, `古丽·买买提`, and between spaces that people put there.
_HAN_NAME = re.compile(rf"{_HAN}+(?:[·•‧ 　]*{_HAN}+)*")
_BETWEEN = " \t　/|,，;；-–—"
_BRACKETS = ("()", "（）", "[]", "【】")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody who gets a badge or stands on a list; `id` is their registration's, or their own where they have none.

    `place` is none where somebody stands on the programme without having registered, or walked in.
    """

    id: UUID
    han: str
    latin: str
    organisation: str
    role: str
    sort_key: str
    place: Place | None = None
    came: bool = False
    country: str = ""

    @property
    def digest(self) -> str:
        """What a badge of theirs says, in short: another one where it says something else."""
        pool = str(self.place.pool_id) if self.place else ""
        said = f"{self.han}\n{self.latin}\n{self.organisation}\n{self.role}\n{pool}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who is chosen: by the state of their place, the pool, the role, and whether their badge was printed.

    `language` is the first of the paper's: what we know in both, as where a speaker works, is said in it.
    """

    states: Collection[str] = ("confirmed",)
    pool_key: str = ""
    role: str = ""
    only_unprinted: bool = False
    with_unregistered: bool = False
    online_too: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What people do at an event, by their ids and by the addresses that are theirs."""

    roles: Mapping[UUID, str] = field(default_factory=dict)
    by_address: Mapping[str, UUID] = field(default_factory=dict)
    people: Mapping[UUID, SessionRole] = field(default_factory=dict)

    def person_of(self, registration: Registration) -> UUID | None:
        if registration.person_id in self.roles:
            return registration.person_id
        return self.by_address.get(registration.address or "")


def split_name(name: str, known: Names | None = None) -> tuple[str, str]:
    """A name in Han characters and in Latin letters, as far as it is known in each.

    `Zhang Wei（张伟）` is both; of `张伟` alone the pinyin is our reading; what has Han in several places is whole.
    """
    found = _HAN_NAME.findall(name)
    if not found:
        return (known.han, name) if known and name in {known.latin, known.pinyin} else ("", name)
    if known and name == known.han:
        return name, known.latin or known.pinyin
    if len(found) > 1:
        return name, ""
    rest = _beside(name, found[0])
    if any(mark.isalpha() for mark in rest):
        return found[0].strip(), rest
    han = found[0].strip()
    # Names of other peoples keep their parts: `古丽·买买提`.
    apart = re.split("[·•‧]", han)
    read = " ".join(pinyin_of("", part).strip() for part in apart) if len(apart) > 1 else names_from(han).pinyin
    # What stands beside it and is no name, as 😀 in `张伟 😀`, stays where it is.
    return name if rest else han, "" if re.search(_HAN, read) else read


def _beside(name: str, han: str) -> str:
    """What stands beside the one name in Han characters, without the brackets around the one or the other."""
    rest = name.replace(han, " ", 1)
    for pair in _BRACKETS:
        rest = rest.replace(f"{pair[0]} {pair[1]}", "")
    rest = rest.strip(_BETWEEN)
    if rest[:1] + rest[-1:] in _BRACKETS:
        rest = rest[1:-1]
    return rest.strip(_BETWEEN)


def list_bearers(event: Event, choice: Choice) -> list[Bearer]:
    """Those whom a choice means, by their names in Latin letters, in a constant number of queries."""
    parts = _parts(event)
    came = queries.came_at(event)
    found, registered = [], set()
    for place in _places(event, choice):
        person_id = parts.person_of(place.registration)
        role = parts.roles.get(person_id, ROLES[0]) if person_id else ROLES[0]
        registered.add(person_id)
        part = parts.people.get(person_id) if person_id else None
        known = part.person.names if part and part.person else None
        found.append(_bearer(place.registration.id, place.registration, role, known, place, came=came))
    if choice.with_unregistered:
        registered |= _everybody_registered(event, parts)
        for person_id, part in parts.people.items():
            if person_id not in registered and part.person and part.mode == "in_person":
                found.append(_unregistered(part, parts.roles[person_id], choice.language))
    chosen = [one for one in found if not choice.role or one.role == choice.role]
    if choice.only_unprinted:
        printed = printed_badges(event)
        chosen = [one for one in chosen if printed.get(one.id) != one.digest]
    return sorted(chosen, key=lambda one: (one.sort_key, str(one.id)))


def list_walk_ins(event: Event) -> list[Bearer]:
    """Those who came without a registration, by name."""
    came = queries.came_at(event)
    rows = db.session.scalars(select(WalkIn).where(WalkIn.event_id == event.id, WalkIn.name != ""))
    found = [_bearer(one.id, one, ROLES[0], None, None, came=came) for one in rows]
    return sorted((one for one in found if one.came), key=lambda one: (one.sort_key, str(one.id)))


def printed_badges(event: Event) -> dict[UUID, str]:
    """What the badges say that were printed, by whose they are."""
    rows = db.session.execute(select(PrintedBadge.who_id, PrintedBadge.said).where(PrintedBadge.event_id == event.id))
    return {row[0]: row[1] for row in rows}


def count_printed(event: Event) -> int:
    """How many of those who are awaited in person have a badge that was printed, whatever it says by now."""
    awaited = select(Place.registration_id).join(Place.pool)
    awaited = awaited.where(Pool.event_id == event.id, Pool.mode != ONLINE, Place.state == "confirmed")
    query = select(func.count(PrintedBadge.id)).where(PrintedBadge.event_id == event.id)
    return db.session.scalar(query.where(PrintedBadge.who_id.in_(awaited))) or 0


def _places(event: Event, choice: Choice) -> Iterable[Place]:
    """The places that are meant, one of each registration: the first in the order of the pools."""
    query = (
        select(Place)
        .join(Place.pool)
        .join(Place.registration)
        .where(Pool.event_id == event.id, Place.state.in_(choice.states), Registration.erased_at.is_(None))
        .options(joinedload(Place.pool), joinedload(Place.registration))
        .order_by(Registration.id, Pool.position, Pool.key)
    )
    if choice.pool_key:
        query = query.where(Pool.key == choice.pool_key)
    if not choice.online_too:
        query = query.where(Pool.mode != ONLINE)
    seen: dict[UUID, Place] = {}
    for place in db.session.scalars(query):
        seen.setdefault(place.registration_id, place)
    return seen.values()


def _parts(event: Event) -> _Parts:
    """Who speaks, who moderates and who organises. Under the Chatham House Rule nobody in a session is shown."""
    query = shown_parts(event).options(joinedload(SessionRole.person))
    people: dict[UUID, SessionRole] = {}
    roles = dict.fromkeys(_organisers(event), "organiser")
    for part in db.session.scalars(query):
        assert part.person_id  # asked for above
        people.setdefault(part.person_id, part)
        role = "moderator" if part.role == "moderator" else "speaker"
        # Who speaks as well is a speaker; who runs the event is asked for help, and so known as its organiser.
        if roles.get(part.person_id) not in {"organiser", "speaker"}:
            roles[part.person_id] = role
    addresses = {address: person_id for person_id, (address, _) in addresses_of(event.id, list(roles)).items()}
    return _Parts(roles, addresses, people)


def _organisers(event: Event) -> Sequence[UUID]:
    """Those who act for the organisations that run the event, or in the event alone, as its organisers."""
    equals = [one.organisation_id for one in event.partners if one.part == "co_organiser"]
    members = select(Membership.person_id).where(
        Membership.organisation_id.in_([event.organisation_id, *equals]),
        Membership.role.in_(("administrator", "organiser")),
    )
    own = select(EventRole.person_id).where(EventRole.event_id == event.id, EventRole.role == "organiser")
    return db.session.scalars(select(Person.id).where(or_(Person.id.in_(members), Person.id.in_(own)))).all()


def _everybody_registered(event: Event, parts: _Parts) -> set[UUID | None]:
    """Those on the programme who have registered in whatever way, whether or not they are chosen."""
    rows = db.session.scalars(select(Registration).where(Registration.event_id == event.id))
    return {parts.person_of(row) for row in rows}


def _bearer(
    who_id: UUID,
    said: Registration | WalkIn,
    role: str,
    known: Names | None,
    place: Place | None,
    *,
    came: Collection[UUID],
) -> Bearer:
    han, latin = split_name(said.name, known)
    key = known.sort_key if known else names_from(han or latin).sort_key
    country = getattr(said, "country", None) or ""
    return Bearer(who_id, han, latin, said.organisation, role, key, place, who_id in came, country)


def _unregistered(part: SessionRole, role: str, lang: str) -> Bearer:
    assert part.person  # asked by the caller
    names = part.person.names
    organisation = str((part.affiliation or part.person.affiliation).in_(lang))
    return Bearer(part.person.id, names.han, names.latin or names.pinyin, organisation, role, names.sort_key)
