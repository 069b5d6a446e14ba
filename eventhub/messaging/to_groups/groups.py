"""Who is in a group: the people of an event by what they are in it, each once, with how to write to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from eventhub.attendance.models import Arrival
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.messaging.choices import services as choices
from eventhub.messaging.inbox.queries import marked_by
from eventhub.people.models import Person
from eventhub.programme import speaker_queries
from eventhub.programme.models import INTERNAL_ROLES, ProgrammeSession, SessionRole
from eventhub.registrations.models import Consent, EventInvitation, Place, Pool, Registration
from eventhub.registrations.sign_ups.models import LIVE, SignUp, SignUpSheet

KINDS = ("registrants", "speakers", "guests")
# Who is meant where no state was chosen: all who have a place or may get one, a part, or still owe an answer.
USUAL_STATES = ("confirmed", "offered", "unverified", "pending", "waitlisted")
USUAL_PARTS = ("invited", "confirmed")
USUAL_ANSWERS = ("open",)


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a letter is for: all of a kind to whom each of these applies; an empty one applies to everybody."""

    kind: str = "registrants"
    states: Sequence[str] = ()
    modes: Sequence[str] = ()
    pools: Sequence[str] = ()
    sessions: Sequence[str] = ()
    stakeholder_types: Sequence[str] = ()
    countries: Sequence[str] = ()
    came: str = ""
    roles: Sequence[str] = ()
    parts: Sequence[str] = ()
    answers: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """The group as it is stored: what was chosen."""
        return {name: list(value) if isinstance(value, tuple | list) else value
                for name, value in asdict(self).items() if value}  # fmt: skip

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Group:
        """The group as it was stored."""
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group: by the id of their registration, their person, or their invitation.

    `key` is what their address is known by.
    """

    who_id: UUID
    name: str
    address: str
    key: str
    language: str


@dataclass(slots=True)
class Found:
    """Who of a group can be written to, and how many cannot: without consent, against their wish, or not by address."""

    members: list[Member] = field(default_factory=list)
    unwanted_ids: list[UUID] = field(default_factory=list)
    without_consent: int = 0
    without_address: int = 0
    unreached: int = 0

    @property
    def unwanted(self) -> int:
        """How many have ended such letters."""
        return len(self.unwanted_ids)


def find(
    event: Event,
    group: Group,
    *,
    is_news: bool = False,
    among: Collection[UUID] | None = None,
    despite_marks: Collection[UUID] = (),
) -> Found:
    """Who is in the group now, by name; of those `among` these ids, where some are named.

    Whoever's address a letter has not reached is in none, but where it is to be tried there once more `despite_marks`.
    """
    if among is not None and not among:
        return Found()
    rows = {"registrants": _registrants, "speakers": _speakers, "guests": _guests}[group.kind](event, group, among)
    is_by_wish = is_news or group.kind == "guests"
    ended = choices.ended_among(event.organisation_id) if is_by_wish else set()
    agreed = _agreed(event, among) if is_news else set()
    marked = marked_by(event.organisation_id)
    found, seen = Found(), set[str]()
    for who_id, name, typed, address, language in rows:
        key = address or typed or ""
        if not key:
            found.without_address += 1
        elif key in seen:
            continue
        elif key in marked and who_id not in despite_marks:
            found.unreached += 1
        elif key in ended:
            found.unwanted_ids.append(who_id)
        elif is_news and who_id not in agreed:
            found.without_consent += 1
        else:
            found.members.append(Member(who_id, name, typed or key, key, language))
        seen.add(key)
    if group.kind == "guests":  # of several invitations of an address the latest one counts
        found.members.sort(key=lambda one: (one.name, one.who_id))
    return found


def _agreed(event: Event, among: Collection[UUID] | None) -> set[UUID]:
    query = select(Consent.registration_id).join(Registration, Registration.id == Consent.registration_id)
    query = query.where(Registration.event_id == event.id, Consent.purpose == "news")
    if among is not None:
        query = query.where(Registration.id.in_(among))
    return set(db.session.scalars(query.where(Consent.withdrawn_at.is_(None))))


Rows = Sequence[Any]


def _registrants(event: Event, group: Group, among: Collection[UUID] | None) -> Rows:
    query: Any = select(
        Registration.id, Registration.name, Registration.typed_address, Registration.address, Registration.language
    ).where(Registration.event_id == event.id, Registration.erased_at.is_(None))
    # A place that applies: whoever has one online and waits for another in the room is in both groups.
    place = exists().where(Place.registration_id == Registration.id, Place.state.in_(group.states or USUAL_STATES))
    if group.modes or group.pools:
        place = place.where(Place.pool_id.in_(pools_of(event, group)))
    query = query.where(place)
    if group.sessions:
        sheets = select(SignUpSheet.id).where(
            SignUpSheet.event_id == event.id, SignUpSheet.session_id.in_([UUID(one) for one in group.sessions])
        )
        query = query.where(
            exists().where(
                SignUp.registration_id == Registration.id, SignUp.sheet_id.in_(sheets), SignUp.state.in_(LIVE)
            )
        )
    if group.stakeholder_types:
        query = query.where(Registration.stakeholder_type.in_(group.stakeholder_types))
    if group.countries:
        query = query.where(Registration.country.in_(group.countries))
    if group.came:
        came = exists().where(
            Arrival.registration_id == Registration.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False)
        )
        query = query.where(came if group.came == "yes" else ~came)
    if among is not None:
        query = query.where(Registration.id.in_(among))
    return db.session.execute(query.order_by(Registration.name, Registration.id)).all()


def pools_of(event: Event, group: Group) -> Select[UUID]:
    """The pools in which a place applies."""
    pools = select(Pool.id).where(Pool.event_id == event.id)
    pools = pools.where(Pool.mode.in_(group.modes)) if group.modes else pools
    return pools.where(Pool.key.in_(group.pools)) if group.pools else pools


def _speakers(event: Event, group: Group, among: Collection[UUID] | None) -> Rows:
    query = (
        select(SessionRole.person_id)
        .join(SessionRole.session)
        .where(
            ProgrammeSession.event_id == event.id,
            ProgrammeSession.state == "scheduled",
            SessionRole.person_id.is_not(None),
            SessionRole.role.not_in(INTERNAL_ROLES),
            SessionRole.state.in_(group.parts or USUAL_PARTS),
        )
        .distinct()
    )
    if group.roles:
        query = query.where(SessionRole.role.in_(group.roles))
    if among is not None:
        query = query.where(SessionRole.person_id.in_(among))
    ids = [one for one in db.session.scalars(query) if one]
    reached = speaker_queries.addresses_of(event.id, ids)
    people = db.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.sort_key, Person.id))
    return [
        (one.id, str(one.names.in_(one.language)), *([reached[one.id][0]] * 2 if one.id in reached else (None, None)),
         one.language)
        for one in people
    ]  # fmt: skip


def _guests(event: Event, group: Group, among: Collection[UUID] | None) -> Rows:
    query: Any = select(
        EventInvitation.id,
        EventInvitation.name,
        EventInvitation.typed_address,
        EventInvitation.address,
        EventInvitation.language,
    ).where(EventInvitation.event_id == event.id, EventInvitation.address != "")
    query = query.where(EventInvitation.state.in_(group.answers or USUAL_ANSWERS))
    if among is not None:
        query = query.where(EventInvitation.id.in_(among))
    return db.session.execute(query.order_by(EventInvitation.created_at.desc(), EventInvitation.id)).all()


def countries_of(event: Event) -> list[str]:
    """The countries that registrants of an event have named, by their codes."""
    query = select(Registration.country).where(Registration.event_id == event.id, Registration.country.is_not(None))
    return sorted(code for code in db.session.scalars(query.distinct()) if code)


def sheets_of(event: Event) -> Sequence[SignUpSheet]:
    """The sessions of an event for which people sign up, in the order of time."""
    query = select(SignUpSheet).where(SignUpSheet.event_id == event.id, SignUpSheet.state == "open")
    return db.session.scalars(query.order_by(SignUpSheet.starts_at, SignUpSheet.id)).all()


def types_of(event: Event) -> set[str]:
    """The stakeholder types that registrants of an event have named."""
    query = select(Registration.stakeholder_type, func.count()).where(Registration.event_id == event.id)
    return {row[0] for row in db.session.execute(query.group_by(Registration.stakeholder_type)) if row[0]}
