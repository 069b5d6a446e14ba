"""Releases: what the public sees and what it does not see yet, and what each release says has changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from eventhub.events import services as events
from eventhub.events.models import Event, Partner
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.errors import Conflict, NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.programme import participation, public, releases, services, snapshots, speakers, telling
from eventhub.programme.differences import Difference, between
from eventhub.programme.models import Appearance, ProgrammeSession, Release, SessionRole
from eventhub.programme.plans import SessionPlan, SpeakerPlan, plan_of
from eventhub.programme.public import public_state
from eventhub.programme.signals import PublicStateChanged
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.queries import find_registration
from tests.conftest import Browser, both, make_public, organisation_of
from tests.queries import count_queries

NINE = datetime(2027, 3, 10, 9)
PLAN = SessionPlan("panel", both("Panel"), starts=NINE, ends=NINE + timedelta(hours=1))


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event(
        "Bridging Practice", slug="practice", organisation=organisation_of(organiser), starts=NINE, ends=None
    )


@pytest.fixture
def session(event: Event, make_session: Callable[..., ProgrammeSession], make_person) -> ProgrammeSession:
    speakers = [
        SpeakerPlan("moderator", name=both("Moderator"), affiliation=both("Some Network")),
        SpeakerPlan("panellist", person_id=make_person(slug="wang").id),
    ]
    return make_session(event, "Panel", speakers=speakers)


def replan(session: ProgrammeSession, **changes: Any) -> None:
    services.change_session(SYSTEM, session.id, replace(plan_of(session), **changes))


def shown(event: Event) -> list[tuple[str, datetime]]:
    db.session.expire_all()
    return [(s.title.in_("en"), s.starts) for s in public_state(event).sessions]


def waiting(event: Event) -> list[tuple[str, set[str]]]:
    found = releases.waiting(event).found
    return [
        (Translated.from_json(one.values["title"]).in_("en") if one.session_id else "", set(one.what)) for one in found
    ]


def sentences(event: Event, lang: str = "en") -> list[str]:
    found = releases.waiting(event).found
    names = {**snapshots.released(event.id).names, **snapshots.take(event.id).names}
    with force_locale(lang):
        return [sentence for told in telling.tell(event, found, names) for sentence in told.sentences]


def test_nobody_sees_a_draft_before_it_is_released(organiser: Actor, event: Event, session):
    services.move_session(organiser, session.id, NINE + timedelta(hours=3))
    late = services.add_session(organiser, event.id, replace(PLAN, title=both("Late")))
    assert shown(event) == [("Panel", NINE)]
    done = releases.release(organiser, event.id, both("Rain"))
    assert shown(event) == [("Late", NINE), ("Panel", NINE + timedelta(hours=3))]
    assert (done.number, done.kind, done.person_id) == (3, "release", organiser.person_id)
    assert {one["session"] for one in done.changes} == {str(session.id), str(late.id)}
    with pytest.raises(Conflict):
        releases.release(organiser, event.id)


def test_a_release_needs_a_public_event_and_somebody_who_runs_it(organiser: Actor, make_event, make_member, event):
    with pytest.raises(NotFound):
        releases.release(make_member("administrator"), event.id)
    with pytest.raises(Conflict):
        releases.release(organiser, make_event(organisation=organisation_of(organiser), published=False).id)


def test_of_two_who_release_at_once_the_second_is_told(organiser: Actor, event: Event, session):
    services.move_session(organiser, session.id, NINE + timedelta(hours=1))
    seen = releases.waiting(event).fingerprint
    services.move_session(organiser, session.id, NINE + timedelta(hours=2))
    with pytest.raises(Stale):
        releases.release(organiser, event.id, seen=seen)
    seen = releases.waiting(event).fingerprint
    releases.release(organiser, event.id, seen=seen)
    services.move_session(organiser, session.id, NINE + timedelta(hours=1))
    services.move_session(organiser, session.id, NINE + timedelta(hours=2))
    with pytest.raises(Stale):
        releases.release(organiser, event.id, seen=seen)


@pytest.mark.parametrize(
    ("change", "what", "english", "chinese"),
    [
        (
            {"starts": NINE + timedelta(days=1), "ends": NINE + timedelta(days=1, hours=1)},
            {"moved"},
            "Moved from Wednesday 10 March 2027, 09:00–10:00 to Thursday 11 March 2027, 09:00–10:00.",
            "2027年3月11日 星期四 09:00–10:00",
        ),
        ({"title": both("Panel of today")}, {"texts"}, "Its title or description has been revised.", ""),
        ({"kind": "plenary"}, {"details"}, "Revised: kind of session.", "已修改：场次类型。"),
        ({"capacity": 30, "level": "advanced"}, {"details"}, "Revised: level and number of places.", "难度、名额数"),
        (
            {"speakers": [SpeakerPlan("moderator", name=both("Moderator"), affiliation=both("Some Network"))]},
            {"people"},
            "Given Family2 does not take part any more.",
            "王芳2",
        ),
        (
            {"speakers": [SpeakerPlan("moderator", name=both("Moderator"), affiliation=both("Other Network"))]},
            {"people"},
            "Moderator is announced in other words.",
            "",
        ),
    ],
)
def test_what_waits_is_told_in_sentences(event: Event, session, change, what, english: str, chinese: str):
    replan(session, **change)
    assert [one[1] for one in waiting(event)] == [what]
    assert english in sentences(event)
    assert all("%(" not in sentence for sentence in sentences(event, "zh"))
    assert any(chinese in sentence for sentence in sentences(event, "zh"))


def test_a_part_of_which_nothing_but_its_words_is_other_waits(event: Event, session):
    moderator, panellist = plan_of(session).speakers
    replan(session, speakers=[replace(moderator, affiliation=both("Other Network")), panellist])
    assert waiting(event) == [("Panel", {"people"})]
    assert sentences(event) == ["Moderator is announced in other words."]


def test_rooms_new_sessions_cancelled_and_deleted_ones_are_told(organiser: Actor, event: Event, session, make_session):
    other = make_session(event, "Other")
    hall = services.save_room(organiser, event.id, both("Hall", "礼堂"))
    replan(session, room_id=hall.id)
    services.delete_session(organiser, other.id)
    services.add_session(organiser, event.id, replace(plan_of(session), title=both("New one"), speakers=()))
    assert sorted(waiting(event)) == [
        ("", {"rooms"}), ("New one", {"new"}), ("Other", {"gone"}), ("Panel", {"room"})
    ]  # fmt: skip
    assert "Now in Hall." in sentences(event)
    make_public(event)
    services.cancel_session(organiser, session.id)
    newest = releases.list_of(event.id)[0]
    assert (newest.kind, [one["what"] for one in newest.changes]) == ("hotfix", [["cancelled"]])
    services.restore_session(organiser, session.id)
    assert waiting(event) == [("Panel", {"restored"})]


def test_a_hotfix_holds_one_change_alone_in_public_and_in_the_draft(organiser: Actor, event: Event, session):
    services.move_session(organiser, session.id, NINE + timedelta(hours=4))
    role = session.speakers[1]
    participation.set_mode(organiser, [role.id], "remote", reason="travel cancelled")
    assert shown(event) == [("Panel", NINE)]
    assert public_state(event).sessions[0].speakers[1].mode == "remote"
    assert waiting(event) == [("Panel", {"moved"})]
    participation.withdraw_part(organiser, role.id, reason="ill")
    assert [one.label.in_("en") for one in public_state(event).sessions[0].speakers] == ["Moderator"]
    assert (role.state, role.reason) == ("withdrawn", "ill")
    services.change_session(organiser, session.id, replace(plan_of(session), title=both("Panel!")), corrects=True)
    assert shown(event) == [("Panel!", NINE)]
    assert waiting(event) == [("Panel!", {"moved"})]
    assert [one.kind for one in releases.list_of(event.id)][:3] == ["hotfix"] * 3


def test_a_hotfix_of_what_is_not_public_changes_the_draft_alone(organiser: Actor, event: Event, session):
    number = len(releases.list_of(event.id))
    unseen = services.add_session(organiser, event.id, replace(plan_of(session), title=both("Unseen")))
    participation.set_mode(organiser, [unseen.speakers[0].id], "remote")
    participation.withdraw_part(organiser, unseen.speakers[1].id)
    services.cancel_session(organiser, unseen.id)
    assert len(releases.list_of(event.id)) == number


def test_only_who_has_confirmed_and_what_is_not_internal_is_public(
    organiser: Actor, event: Event, session, make_person
):
    states = ("proposed", "invited", "confirmed", "declined", "withdrawn")
    people = [SpeakerPlan("panellist", name=both(state), state=state) for state in states]
    replan(session, speakers=[*people, SpeakerPlan("contact", name=both("Ours"))])
    services.add_session(organiser, event.id, replace(plan_of(session), kind="blocker", title=both("Set-up")))
    make_public(event)
    (only,) = public_state(event).sessions
    assert [speaker.label.in_("en") for speaker in only.speakers] == ["confirmed"]


def test_a_translation_of_what_is_public_is_live_and_of_what_is_not_it_waits(event: Event, session):
    def titles() -> tuple[str, str]:
        title = public_state(event).sessions[0].title
        return title.in_("en"), title.in_("zh")

    services.translate_session(SYSTEM, session.id, session.title.edited({"zh": "圆桌讨论"}), session.abstract)
    assert titles() == ("Panel", "圆桌讨论")
    renamed = session.title.edited({"en": "Debate"})
    replan(session, title=renamed)
    assert titles() == ("Panel", "圆桌讨论")
    replan(session, title=renamed.edited({"zh": "辩论"}))
    assert titles() == ("Panel", "场次：Panel")
    make_public(event)
    assert titles() == ("Debate", "辩论")


def test_under_the_chatham_house_rule_nobody_is_shown_anywhere_at_once(client: Browser, event: Event, session):
    def everywhere() -> str:
        paths = ("programme/", "speakers/", "sessions/panel/", "calendar.ics", "changes/", "changes.atom", "")
        return "".join(client.get(f"/en/events/practice/{path}").text for path in paths)

    replan(session, speakers=[*plan_of(session).speakers, SpeakerPlan("panellist", name=both("Newcomer"))])
    make_public(event)
    for name in ("Newcomer", "Some Network", "Given Family2"):
        assert name in everywhere()
    assert client.get("/en/people/wang/").status_code == 200
    replan(session, is_chatham_house=True)
    for name in ("Newcomer", "Some Network", "Given Family2"):
        assert name not in everywhere()
    assert "neither the identity nor the affiliation" in client.get("/zh/events/practice/sessions/panel/").text
    assert "查塔姆宫规则" in client.get("/en/events/practice/sessions/panel/").text
    assert client.get("/en/people/wang/").status_code == 404


def test_an_earlier_release_comes_back_as_the_draft_and_nothing_is_public_before_the_next(
    organiser: Actor, event: Event, session, make_session, make_person
):
    room = services.save_room(organiser, event.id, both("Hall"))
    replan(session, room_id=room.id, language="zh", interpretation=["en"])
    make_public(event)
    kept = releases.list_of(event.id)[0]
    before, parts = snapshots.of_release(kept).programme, [role.id for role in session.speakers]
    replan(session, room_id=None, speakers=[SpeakerPlan("keynote", name=both("Other"))], title=both("Renamed"))
    services.remove_room(organiser, room.id)
    services.move_session(organiser, session.id, NINE + timedelta(days=2))
    later = make_session(event, "Later")
    make_public(event)
    public_before = shown(event)
    releases.bring_back(organiser, kept.id)
    assert shown(event) == public_before
    assert snapshots.take(event.id).programme == before
    assert [role.id for role in session.speakers[:2]] == parts
    assert (later.state, session.speakers[2].state) == ("deleted", "proposed")
    make_public(event)
    assert shown(event) == [("Panel", NINE)]


def test_who_is_erased_from_a_release_does_not_come_back(organiser: Actor, event: Event, session):
    kept, moderator = releases.list_of(event.id)[0], session.speakers[0].id

    @use_case
    def erase(actor: Actor) -> None:
        row = db.session.get(Release, kept.id)
        row.names = {key: value for key, value in row.names.items() if key != str(moderator)}

    replan(session, speakers=plan_of(session).speakers[1:])
    erase(SYSTEM)
    releases.bring_back(organiser, kept.id)
    assert [role.role for role in session.speakers] == ["panellist"]


def test_what_is_rolled_back_is_never_shown(organiser: Actor, event: Event, session):
    public_state(event)

    @use_case
    def fail(actor: Actor) -> None:
        replan(session, title=both("Never said"))
        releases.release(actor, event.id)
        assert public_state(event).sessions[0].title.in_("en") == "Never said"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(organiser)
    replan(session, title=both("Said"))
    releases.release(organiser, event.id)
    assert shown(event) == [("Said", NINE)]


def test_publishing_again_releases_what_changed_meanwhile(organiser: Actor, event: Event, session):
    events.postpone_event(organiser, event.id)
    services.move_session(organiser, session.id, NINE + timedelta(days=7))
    assert shown(event) == [("Panel", NINE)]
    events.publish_event(organiser, event.id)
    assert shown(event) == [("Panel", NINE + timedelta(days=7))]


def test_a_person_leads_to_their_released_sessions_only(organiser: Actor, event: Event, session, make_person):
    newcomer = make_person()
    replan(session, speakers=[SpeakerPlan("keynote", person_id=newcomer.id)])
    assert public.list_parts(newcomer.id) == []
    make_public(event)
    assert [part.title.in_("en") for part, _ in public.list_parts(newcomer.id)] == ["Panel"]
    services.delete_session(organiser, session.id)
    assert len(public.list_parts(newcomer.id)) == 1
    make_public(event)
    assert db.session.scalars(sa.select(Appearance)).all() == []


def test_a_speaker_who_goes_remote_leaves_their_seat(organiser: Actor, make_event, make_session, make_person):
    event = make_event(organisation=organisation_of(organiser), in_person=1)
    person = make_person()
    first, second = (make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)]) for _ in range(2))
    for address in (person.address, "next@example.org"):
        registrations.register(SYSTEM, event.id, registrations.Details(name="A", address=address), "in_person")
    participation.set_mode(organiser, [first.speakers[0].id], "remote")
    own, following = (find_registration(event.id, address) for address in (person.address, "next@example.org"))
    assert (own.place.pool.key, following.place.state) == ("in_person", "waitlisted")
    participation.set_mode(organiser, [second.speakers[0].id], "remote")
    assert (own.place.pool.key, own.place.state) == ("online", "confirmed")
    assert (following.place.pool.key, following.place.state) == ("in_person", "confirmed")


@pytest.mark.parametrize(
    ("end", "pool"),
    [(events.postpone_event, "online"), (events.cancel_event, "in_person")],
    ids=["postponed", "cancelled"],
)
def test_a_speaker_may_go_remote_while_the_event_does_not_take_place(
    organiser: Actor, make_event, make_session, make_person, end: Callable[..., Any], pool: str
):
    event, person = make_event(organisation=organisation_of(organiser)), make_person()
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    registrations.register(SYSTEM, event.id, registrations.Details(name="A", address=person.address), "in_person")
    end(organiser, event.id)
    participation.set_mode(organiser, [session.speakers[0].id], "remote")
    place = find_registration(event.id, person.address).place
    assert (place.pool.key, place.state) == (pool, "confirmed")


def test_whoever_goes_remote_in_two_sessions_makes_one_release_of_it(
    organiser: Actor, event: Event, make_session, make_person
):
    person = make_person()
    first, second = (make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)]) for _ in range(2))
    before = snapshots.newest(event.id).number
    participation.set_mode(organiser, [first.speakers[0].id, second.speakers[0].id], "remote")
    newest = snapshots.newest(event.id)
    assert (newest.number, newest.kind) == (before + 1, "hotfix")
    assert {change["session"] for change in newest.changes} == {str(first.id), str(second.id)}
    shown = [public.public_state(event).session_of(session.id) for session in (first, second)]
    assert [speaker.mode for session in shown for speaker in session.speakers] == ["remote", "remote"]
    participation.set_mode(organiser, [first.speakers[0].id, second.speakers[0].id], "remote")
    assert snapshots.newest(event.id).number == before + 1


def test_a_speaker_who_goes_remote_waits_for_no_seat_any_more(organiser: Actor, make_event, make_session, make_person):
    event = make_event(organisation=organisation_of(organiser), in_person=1, online=5)
    person = make_person()
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    for address in ("first@example.org", person.address):
        details = registrations.Details(name="A", address=address)
        registrations.register(SYSTEM, event.id, details, "in_person", meanwhile="online")
    participation.set_mode(organiser, [session.speakers[0].id], "remote")
    own = find_registration(event.id, person.address)
    assert [(place.pool.key, place.state) for place in own.live] == [("online", "confirmed")]


def test_the_seat_is_found_by_the_address_to_which_the_speaker_was_invited(
    organiser: Actor, make_event, make_session, make_person
):
    event, person = make_event(organisation=organisation_of(organiser)), make_person(address=None)
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id, state="proposed")])
    invited = {person.id: "asked@example.org"}
    speakers.invite(organiser, event.id, [person.id], invited, speakers.usual_answer_by(event))
    registrations.register(SYSTEM, event.id, registrations.Details(name="A", address="asked@example.org"), "in_person")
    participation.set_mode(organiser, [session.speakers[0].id], "remote")
    assert find_registration(event.id, "asked@example.org").place.pool.key == "online"


def test_a_speaker_who_goes_remote_gives_up_nobody_elses_seat(
    organiser: Actor, make_event, make_session, make_person, make_member, make_organisation, save
):
    """Neither a delegate's, who has no address either, nor that of whose address a co-organiser has typed."""
    event = make_event(organisation=organisation_of(organiser), in_person=9, online=9)
    save(Partner(event_id=event.id, organisation_id=(partner := make_organisation()).id, part="co_organiser"))
    details = registrations.Details(name="A", address="office@example.org")
    registrations.register(SYSTEM, event.id, details, "in_person")
    delegate = save(Registration(event_id=event.id, name="Delegate"))
    pool = find_registration(event.id, "office@example.org").place.pool
    save(Place(registration_id=delegate.id, pool_id=pool.id, state="confirmed", number=2))
    people = [make_person(address=None) for _ in range(4)]
    plans = [SpeakerPlan("panellist", person_id=one.id, state="proposed") for one in people]
    session = make_session(event, speakers=plans)
    unknown, typed, first, second = ({one.person_id: one for one in session.speakers}[one.id] for one in people)
    colleague = make_member("organiser", partner)

    def seats() -> list[str]:
        db.session.rollback()
        found = (find_registration(event.id, "office@example.org"), db.session.get(Registration, delegate.id))
        return [one.place.pool.key for one in found]

    def ask(actor: Actor, *parts: SessionRole) -> None:
        addresses = {one.person_id: "office@example.org" for one in parts}
        speakers.invite(actor, event.id, list(addresses), addresses, speakers.usual_answer_by(event))

    ask(colleague, typed)
    for actor, part in ((organiser, unknown), (colleague, typed)):
        participation.set_mode(actor, [part.id], "remote")
        assert seats() == ["in_person", "in_person"]
    # Two of one office, of whom one still comes.
    ask(organiser, first, second)
    participation.set_mode(organiser, [first.id], "remote")
    assert seats() == ["in_person", "in_person"]
    participation.set_mode(organiser, [second.id], "remote")
    assert seats() == ["online", "in_person"]


def test_a_seat_at_an_event_without_places_online_is_given_up(organiser: Actor, make_event, make_session, make_person):
    event = make_event(organisation=organisation_of(organiser), mode="in_person")
    person = make_person()
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    registrations.register(SYSTEM, event.id, registrations.Details(name="A", address=person.address), "in_person")
    participation.set_mode(organiser, [session.speakers[0].id], "remote")
    assert find_registration(event.id, person.address).place.state == "cancelled"


def test_the_changelog_is_read_on_a_page_and_by_feed_readers(client: Browser, organiser: Actor, event: Event, session):
    services.move_session(organiser, session.id, NINE + timedelta(hours=3))
    releases.release(organiser, event.id, Translated.of(en="The **hall** was taken.", zh="**礼堂**已被占用。"))
    services.cancel_session(organiser, session.id)
    html = client.get("/en/events/practice/changes/").text
    told = re.sub(r"<[^>]+>", " ", html)
    assert [re.search(pattern, told) is not None for pattern in ("Correction 4", "Release 3", "First release")] == [
        True
    ] * 3
    assert "Moved on Wednesday 10 March 2027 from 09:00–10:00 to 12:00–13:00." in told
    assert "<strong>hall</strong>" in html
    assert "礼堂" in client.get("/zh/events/practice/changes/").text
    answer = client.get("/zh/events/practice/changes.atom")
    assert answer.content_type.startswith("application/atom+xml")
    feed = ET.fromstring(answer.data)
    names = {"a": "http://www.w3.org/2005/Atom"}
    entries = feed.findall("a:entry", names)
    assert [entry.findtext("a:title", "", names) for entry in entries][0::3] == ["临时变更 4", "首次发布"]
    assert len({entry.findtext("a:id", "", names) for entry in entries}) == len(entries) == 4
    assert entries[-1].findtext("a:content", "", names) == "日程已发布。"
    again = client.get("/zh/events/practice/changes.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_draft_has_no_changelog(client: Browser, make_event, make_member, sign_in):
    member = make_member()
    make_event(slug="draft", organisation=organisation_of(member), published=False)
    for browser in (client, sign_in(member)):
        assert browser.get("/en/events/draft/changes/").status_code == 404
        assert browser.get("/en/events/draft/changes.atom").status_code == 404


def test_the_feed_of_an_event_by_invitation_is_kept_by_nobody_in_between(
    client: Browser, make_event, make_member, make_session, sign_in
):
    member = make_member("viewer")
    event = make_event(slug="closed", organisation=organisation_of(member), visibility="invitation")
    make_session(event)
    assert client.get("/en/events/closed/changes.atom").status_code == 404
    answer = sign_in(member).get("/en/events/closed/changes.atom")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")


@pytest.mark.parametrize("path", ["/en/events/practice/changes/", "/en/events/practice/changes.atom"])
def test_a_longer_changelog_asks_no_more_of_the_database(client: Browser, event: Event, session, path: str):
    def asked() -> int:
        with count_queries() as queries:
            client.get(path)
        return len(queries)

    replan(session, speakers=plan_of(session).speakers[:1])
    make_public(event)
    client.get(path)
    before = asked()
    for hour in range(2, 5):
        replan(session, speakers=[SpeakerPlan("keynote", name=both(f"Person {hour}"))])
        make_public(event)
    client.get(path)
    assert asked() == before


def test_the_desk_shows_the_differences_and_releases_just_those(sign_in, organiser: Actor, event: Event, session):
    browser = sign_in(organiser)
    desk = "/en/organise/events/practice/programme/"
    services.move_session(organiser, session.id, NINE + timedelta(hours=3))
    assert "One change is not public yet." in browser.get(desk).text
    page = browser.get(f"{desk}release/").text
    assert "Moved on" in page
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]
    services.move_session(organiser, session.id, NINE + timedelta(hours=5))
    answer = browser.submit(f"{desk}release/", {"seen": seen, "note_en": "Typed", "tells": "y"})
    assert answer.status_code == 409
    assert "Typed" in answer.text
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', answer.text)[1]
    assert browser.submit(f"{desk}release/", {"seen": seen, "note_en": "Typed", "tells": "y"}).status_code == 303
    assert shown(event) == [("Panel", NINE + timedelta(hours=5))]
    assert "Typed" in browser.get(f"{desk}releases/").text
    assert "The programme then" in browser.get(f"{desk}releases/2/").text
    assert browser.get(f"{desk}releases/99/").status_code == 404
    assert "Bring back release 2?" in browser.get(f"{desk}releases/2/bring-back/").text
    assert browser.submit(f"{desk}releases/2/bring-back/").status_code == 303
    assert session.starts == NINE


def test_programmes_that_are_alike_have_no_difference():
    assert between(snapshots.NOTHING, snapshots.NOTHING) == []


@pytest.mark.parametrize("what", ["new", "gone", "moved", "room", "cancelled", "restored"])
def test_a_break_alone_is_no_news_to_everybody_but_a_reception_is(what: str):
    told = {
        kind: Difference({"what": [what], "kind": kind, "session": str(uuid4())}).is_substantial
        for kind in ("break", "networking", "panel")
    }
    assert told == {"break": False, "networking": True, "panel": True}


def test_a_fact_inside_a_failed_release_reaches_nobody(organiser: Actor, event: Event, session, monkeypatch):
    def die(*_: object, **__: object) -> None:
        announce(PublicStateChanged(event.id))
        raise RuntimeError

    services.move_session(organiser, session.id, NINE + timedelta(hours=3))
    monkeypatch.setattr(releases, "_store", die)
    with pytest.raises(RuntimeError):
        releases.release(organiser, event.id)
    assert shown(event) == [("Panel", NINE)]


def test_what_opens_is_told_once_and_what_opens_again_is_told_whole(organiser: Actor, make_event, make_session):
    draft = make_event(organisation=organisation_of(organiser), published=False)
    make_session(draft)

    def told() -> list[bool]:
        rows = sa.select(AuditEntry.data).where(
            AuditEntry.fact == "PublicStateChanged", AuditEntry.event_id == draft.id
        )
        return [data["whole"] for data in db.session.scalars(rows.order_by(AuditEntry.created_at))]

    events.publish_event(organiser, draft.id)
    assert told() == [True]
    events.postpone_event(organiser, draft.id)
    events.publish_event(organiser, draft.id)
    assert told() == [True] * 3


def test_what_had_been_cancelled_leaves_without_a_second_letter(client: Browser, organiser: Actor, event, session):
    services.cancel_session(organiser, session.id)
    services.delete_session(organiser, session.id)
    assert waiting(event) == [("Panel", {"removed"})]
    assert sentences(event) == ["No longer in the programme; it had been cancelled."]
    done = releases.release(organiser, event.id)
    assert releases.concerned_among(done.changes, (done.snapshot,)) == {}
    assert not any(Difference(values).is_substantial for values in done.changes)
    assert "No longer in the programme" in client.get("/en/events/practice/changes/").text
    assert "已从日程中移除；此前已取消。" in client.get("/zh/events/practice/changes.atom").text


def test_rooms_and_tracks_that_come_and_go_are_named(organiser: Actor, event: Event, session):
    hall, annex = (
        services.save_room(organiser, event.id, both(name, zh)) for name, zh in (("Hall", "礼堂"), ("Annex", "副楼"))
    )
    assert sentences(event) == ["New rooms: Hall, Annex."]
    assert sentences(event, "zh") == ["新增会议室：礼堂、副楼。"]
    make_public(event)
    services.remove_room(organiser, annex.id)
    services.save_room(organiser, event.id, both("Great hall", "礼堂"), room_id=hall.id)
    services.save_track(organiser, event.id, both("Relief"))
    assert sentences(event) == [
        "Rooms that are gone: Annex.", "Rooms have been renamed or put in another order.", "New tracks: Relief.",
    ]  # fmt: skip


def test_a_longer_session_is_told_without_saying_the_day_twice(event: Event, session):
    replan(session, ends=NINE + timedelta(hours=2))
    assert sentences(event) == ["Its length has changed: Wednesday 10 March 2027, 09:00–11:00 instead of 09:00–10:00."]
    assert sentences(event, "zh") == ["时长已调整：2027年3月10日 星期三 09:00–11:00，原为 09:00–10:00。"]


def test_a_name_in_latin_letters_stands_apart_in_chinese(event: Event, session):
    replan(session, speakers=[SpeakerPlan("moderator", name=Translated.of(en="José Sané"))])
    assert "新增主持人：José Sané。" in sentences(event, "zh")
    make_public(event)
    replan(session, speakers=())
    assert sentences(event, "zh") == ["José Sané 不再参与。"]
    assert sentences(event) == ["José Sané does not take part any more."]


def test_a_note_in_one_language_is_marked_in_the_other(client: Browser, organiser: Actor, event: Event, session):
    services.move_session(organiser, session.id, NINE + timedelta(hours=3))
    releases.release(organiser, event.id, Translated.of(en="The hall was taken."))
    page = client.get("/zh/events/practice/changes/").text
    assert '<div class="prose" lang="en"><p>The hall was taken.</p>' in page
    assert "尚未翻译" in page
    assert "The hall was taken.（尚未翻译）" in client.get("/zh/events/practice/changes.atom").text.replace("(", "（")
    assert "not yet translated" not in client.get("/en/events/practice/changes/").text
