"""What the demo may say: both languages whole, nobody's name misused, a programme that could take place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from eventhub.demo import content
from eventhub.demo.coming import COMING_EVENTS, DELEGATIONS, INVITATIONS, REGISTRATIONS
from eventhub.demo.organisations import ORGANISATIONS
from eventhub.demo.people import PEOPLE, SIGN_INS
from eventhub.demo.shapes import Event, Session
from eventhub.events import models as events
from eventhub.organisations import models as organisations
from eventhub.people.names import pinyin_of, split_han
from eventhub.programme import models as programme
from eventhub.registrations.models import POOL_KEYS

HAN = r"[\u4e00-\u9fff]"
EVERYTHING = (ORGANISATIONS, PEOPLE, SIGN_INS, content.SERIES, content.EVENTS, REGISTRATIONS)
ORGANISATION_KEYS = {organisation.key for organisation in ORGANISATIONS}
PEOPLE_BY_KEY = {person.key: person for person in PEOPLE}

# What stays in Latin letters inside Chinese: names without an established Chinese form, and abbreviations.
LATIN_IN_CHINESE = {
    "AAC", "ACFID", "CNC-COVID19", "China Civil Society Network for International Humanitarian Assistance",
    "EventHub", "Grand Bargain", "HAG", "HNPW", "Human Initiative", "Humanitarian Advisory Group", "ICVA",
    "Ignacio Packer", "MERCY Malaysia", "PSEA", "RedR",
}  # fmt: skip
# Historical events name one person; all others speak for what they represent.
NAMED_IN_HISTORY = {"ignacio_packer"}


def texts(thing: object, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text in two languages inside a thing, with the way to it."""
    if isinstance(thing, dict) and thing.keys() & {"en", "zh"}:
        yield path, thing
    elif isinstance(thing, tuple):
        for item in thing:
            yield from texts(item, f"{path}/{getattr(item, 'slug', getattr(item, 'key', ''))}")
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name), f"{path}.{field.name}")


def offenders(is_wrong: Callable[[dict[str, str]], object]) -> list[str]:
    return [f"{path}: {text}" for path, text in texts(EVERYTHING) if is_wrong(text)]


def test_every_text_is_whole_in_both_languages() -> None:
    assert offenders(lambda text: set(text) != {"en", "zh"}) == []
    assert offenders(lambda text: any(part != part.strip() or not part for part in text.values())) == []
    assert offenders(lambda text: re.search(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", text["en"])) == []


def test_only_listed_names_stay_latin_in_chinese() -> None:
    words = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?: [A-Za-z][A-Za-z0-9-]*)*")
    assert offenders(lambda text: set(words.findall(text["zh"])) - LATIN_IN_CHINESE) == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(rf"{HAN}\s*[,.:;?!()]|[,:;?!()]\s*{HAN}", id="half-width punctuation"),
        pytest.param(rf"{HAN}[A-Za-z]|[A-Za-z]{HAN}", id="no space between Han and Latin"),
        pytest.param(rf"{HAN}\d+(?![\d年月日])|\d(?![年月日]){HAN}", id="no space between Han and figures"),
        pytest.param(rf"\d [年月日]|{HAN} \d+[年月日]", id="a space in or before a date"),
        pytest.param(rf"{HAN} {HAN}|[，。：；？（）、“”《》] | [，。：；？（）、“”《》]", id="a needless space"),
        pytest.param(r"[^\n]\n[^\n]", id="a line break inside a paragraph, which is shown as a space"),
        pytest.param(r"[！!「」『』]|\.\.\.", id="marks that we do not use"),
        pytest.param(r"你|们", id="words that we do not use"),
    ],
)
def test_chinese_follows_the_writing_rules(wrong: str) -> None:
    assert offenders(lambda text: re.search(wrong, text["zh"])) == []


def test_every_organisation_is_of_a_known_type_and_invented_ones_say_so() -> None:
    for organisation in ORGANISATIONS:
        assert organisation.stakeholder_type in organisations.STAKEHOLDER_TYPES
        assert re.fullmatch("[A-Z]{2}", organisation.country)
        assert organisation.invented == ("invented" in organisation.name["en"]) == ("虚构" in organisation.name["zh"])


def test_invented_people_belong_to_invented_organisations_only() -> None:
    invented = {organisation.key for organisation in ORGANISATIONS if organisation.invented}
    for person in PEOPLE:
        assert person.invented == (person.organisation in invented)
        assert person.invented == (person.key not in NAMED_IN_HISTORY)
        assert person.invented == ("invented" in person.biography["en"]) == ("虚构" in person.biography["zh"])
        ZoneInfo(person.zone)
    assert all(PEOPLE_BY_KEY[sign_in.person].invented for sign_in in SIGN_INS)


@pytest.mark.parametrize(
    "someone",
    [someone for someone in (*PEOPLE, *REGISTRATIONS) if someone.han_family],
    ids=lambda someone: someone.given,
)
def test_chinese_names_are_read_as_their_bearers_say_them(someone) -> None:
    assert split_han(someone.han_family + someone.han_given) == (someone.han_family, someone.han_given)
    assert pinyin_of(someone.han_family, someone.han_given) == f"{someone.family} {someone.given}"


@pytest.mark.parametrize("event", content.EVENTS, ids=lambda event: event.slug)
def test_an_event_speaks_only_of_what_exists(event: Event) -> None:
    assert event.kind in events.KINDS
    assert event.mode in events.MODES
    assert event.status in events.STATUSES
    assert event.visibility in events.VISIBILITIES
    assert {event.organiser, *event.co_organisers, *event.assisting, *event.supporting} <= ORGANISATION_KEYS
    assert {event.series, *event.also_listed_in} - {""} <= {series.slug for series in content.SERIES}
    assert set(event.pools or ()) <= set(POOL_KEYS)
    assert event.invented
    assert (event.venue is None) == (event.mode == "online")
    ZoneInfo(event.zone)
    rooms, tracks = {room.key for room in event.rooms}, {track.key for track in event.tracks}
    assert {track.colour for track in event.tracks} <= set(programme.COLOURS)
    assert len({session.key for session in event.sessions}) == len(event.sessions)
    for session in event.sessions:
        assert session.kind in programme.KINDS
        assert session.room in {*rooms, ""}
        assert session.track in {*tracks, ""}
        assert {session.language} <= set(event.working_languages)


@pytest.mark.parametrize("event", content.EVENTS, ids=lambda event: event.slug)
def test_only_invented_events_have_invented_people_and_places_to_take(event: Event) -> None:
    people = {role.person for session in event.sessions for role in session.roles} - {""}
    if event in COMING_EVENTS:
        assert people <= PEOPLE_BY_KEY.keys() - NAMED_IN_HISTORY
        assert event.pools
        assert event.invented == ("everything",)
    else:
        assert people <= NAMED_IN_HISTORY
        assert event.pools is None
        assert date.fromisoformat(str(event.first_day)).year in {2019, 2020}


@pytest.mark.parametrize("event", content.EVENTS, ids=lambda event: event.slug)
def test_everybody_in_a_session_is_somebody(event: Event) -> None:
    for session in event.sessions:
        for role in session.roles:
            assert role.role in programme.ROLES
            assert role.mode in programme.MODES
            assert role.state in programme.PART_STATES
            assert bool(role.person) != bool(role.name)
            assert role.organisation in {*ORGANISATION_KEYS, ""}
            assert role.stakeholder_type in {*organisations.STAKEHOLDER_TYPES, ""}


def _clash(first: Session, second: Session) -> bool:
    return first.day == second.day and first.start < second.end and second.start < first.end


@pytest.mark.parametrize("event", content.EVENTS, ids=lambda event: event.slug)
def test_the_programme_could_take_place(event: Event) -> None:
    for session in event.sessions:
        assert 1 <= session.day <= event.days
        assert event.start <= session.start < session.end <= event.end
    for first, second in combinations(event.sessions, 2):
        together = not {first.room, second.room} - {""} or first.room == second.room
        everybody = "break" in {first.kind, second.kind}
        named = {role.person for role in first.roles} & {role.person for role in second.roles} - {""}
        assert not (_clash(first, second) and (together or everybody or named)), (first.key, second.key)


def test_the_case_study_is_there() -> None:
    by_slug = {event.slug: event for event in content.EVENTS}
    workshop = by_slug["beijing-workshop-2019"]
    keynote = next(role for session in workshop.sessions for role in session.roles if role.role == "keynote")
    side_event = by_slug["inclusive-coordination-2020"]
    remote = [role for session in side_event.sessions for role in session.roles if role.mode == "remote"]
    assert (workshop.co_organisers, keynote.person) == (("ocha_roap",), "ignacio_packer")
    assert [role.organisation for role in remote] == ["amity"]
    assert by_slug["international-needs-covid-19"].organiser == "consortium"
    assert by_slug["international-needs-covid-19"].also_listed_in == ("covid-19-webinars-2020",)
    assert by_slug["next-workshop"].pools == {"in_person": 30, "online": 60}
    assert by_slug["next-roundtable"].pools == {"in_person": 2, "online": 5}


def test_nobody_outside_can_be_written_to() -> None:
    addresses = [
        *(event.contact for event in content.EVENTS),
        *(registration.email for registration in REGISTRATIONS),
        *(invitation.email for invitation in INVITATIONS),
        *(delegation.email for delegation in DELEGATIONS),
        *(sign_in.email for sign_in in SIGN_INS),
    ]
    assert all(address.endswith("@example.org") for address in addresses)
    assert len({registration.email for registration in REGISTRATIONS}) == len(REGISTRATIONS)


def test_whoever_is_asked_has_a_part_proposed_and_who_has_none_is_not_asked() -> None:
    proposed = {
        (event.slug, role.person)
        for event in content.EVENTS
        for session in event.sessions
        for role in session.roles
        if role.state == "proposed"
    }
    assert proposed == {(invitation.event, invitation.person) for invitation in INVITATIONS}


def test_registrations_were_made_while_registration_was_open() -> None:
    by_slug = {event.slug: event for event in content.EVENTS}
    for registration in REGISTRATIONS:
        event = by_slug[registration.event]
        assert registration.pool in (event.pools or ())
        assert event.registration_opens is not None
        assert event.registration_opens <= -registration.days_ago
        assert registration.stakeholder_type in organisations.STAKEHOLDER_TYPES
        assert registration.language in {"en", "zh"}
