"""Letters to speakers, to the right address and in their language, and what organisers hear of the answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, links, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import EMPTY
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import personal, services, words
from eventhub.messaging.models import Letter
from eventhub.messaging.wordings import services as wordings
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import jobs, speaker_details, speakers
from eventhub.programme.models import Speaker
from eventhub.registrations import access
from tests.conftest import both, make_public, on_sqlite, organisation_of
from tests.programme.invited import again, give_part, holder, invited, put
from tests.queries import count_queries

from .conftest import html, plain
from .test_letters import HOSTILE, addresses

pytestmark = on_sqlite

Make = Callable[..., Any]
SITE = "http://127.0.0.1:8000"


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Make) -> Event:
    return make_event("Field logistics", organisation=organisation_of(organiser))


@pytest.fixture
def guest(organiser: Actor, make_person: Make) -> Person:
    return make_person(known_to=organisation_of(organiser), address=None)


def link_of(speaker: Speaker, lang: str = "en") -> str:
    return f"{SITE}/{lang}/speak/{links.make('speaker', speaker.id, speaker.link_number)}/"


def test_an_invitation_says_who_asks_for_what_and_until_when(event, guest, make_session, letters):
    speaker, _ = invited(make_session, event, guest, "Guest@example.org", role="keynote")
    [letter] = letters()
    text = plain(letter)
    assert (letter["To"], letter["Subject"]) == ("guest@example.org", "Invitation: Field logistics")
    assert letter["Reply-To"] == "contact@example.org"
    until = clock.wall(speaker.answer_by, "Asia/Shanghai")
    for piece in (
        f"Dear {guest.names.in_('en')},",
        f"{event.organisation.name.in_('en')} invites you",
        "Keynote speaker: Session 1; ",
        f"{event.starts.day} {event.starts:%B %Y}, 09:00–10:00 Beijing time",
        f"Please answer by {until:%A} {until.day} {until:%B %Y, %H:%M} Beijing time",
        link_of(speaker),
    ):
        assert piece in text, piece
    assert f'<a href="{link_of(speaker)}"' in html(letter)


def test_a_letter_to_a_speaker_is_in_their_language_with_their_own_hours(
    event, organiser, make_person, make_session, letters
):
    guest = make_person(known_to=organisation_of(organiser), address=None, language="zh", zone="Europe/Zurich")
    speaker, part = invited(make_session, event, guest, "g@example.org")
    [letter] = letters()
    text = plain(letter)
    assert letter["Content-Language"] == "zh-Hans"
    assert letter["Subject"] == "邀请：研讨会：Field logistics"
    hour = clock.wall(part.session.starts_at, "Europe/Zurich")
    for piece in (
        "王芳",
        "您好：",
        "诚邀您参加",
        "嘉宾：场次：Session 1；",
        "北京时间",
        f"{hour:%H:%M}",
        "日内瓦时间",
        link_of(speaker, "zh"),
    ):
        assert piece in text, piece
    assert not re.search(r"\b(you|your|the|is)\b", text, re.IGNORECASE), "English left in a Chinese letter"


def test_letters_go_to_the_own_address_whatever_an_organiser_types(event, make_person, make_session, letters):
    person = make_person(address="own@example.org")
    invited(make_session, event, person, "organiser@example.org")
    assert [letter["To"] for letter in letters()] == ["own@example.org"]


def test_a_reminder_by_the_clock_and_the_letter_of_a_new_link(event, guest, make_session, letters):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    letters()
    with clock.standing_at(speaker.answer_by - timedelta(days=2)):
        jobs.remind_before_lapse()
        [reminder] = letters()
        jobs.remind_before_lapse()
        assert letters() == []
    assert reminder["Subject"] == "Please answer: Field logistics"
    assert link_of(speaker) in plain(reminder)
    speakers.rotate_link(holder(speaker), speaker.id)
    [rotated] = letters()
    assert rotated["Subject"] == "Your new link: Field logistics"
    assert link_of(again(speaker)) in plain(rotated)
    assert link_of(again(speaker)) not in plain(reminder)


def test_who_need_not_answer_is_given_their_page(event, guest, organiser, make_session, letters):
    give_part(make_session, event, guest, state="confirmed")
    [speaker] = speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"})
    [letter] = letters()
    assert letter["Subject"] == "Your page as a speaker: Field logistics"
    assert "answer by" not in plain(letter)
    assert link_of(speaker) in plain(letter)


def test_sessions_without_hours_or_over_midnight_are_told_as_they_are(event, guest, organiser, make_session, letters):
    give_part(make_session, event, guest, starts=None, ends=None)
    late = event.starts.replace(hour=23)
    give_part(make_session, event, guest, starts=late, ends=late + timedelta(hours=2))
    speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"})
    text = plain(letters()[0])
    assert "Session 1; To be announced" in text
    end = (late + timedelta(hours=2)).date()
    assert f"23:00–{end:%A} {end.day} {end:%B %Y}, 01:00 Beijing time" in text


def test_organisers_hear_each_answer_in_the_language_of_their_event(event, guest, make_session, letters):
    speaker, first = invited(make_session, event, guest, "g@example.org")
    _, second = invited(make_session, event, guest)
    letters()
    speakers.answer(holder(speaker), speaker.id, [first.id], accepts=True)
    speakers.answer(holder(speaker), speaker.id, [second.id], accepts=False, reason="www.evil.example")
    speakers.withdraw(holder(speaker), speaker.id, first.id, "http://evil.example")
    found = letters()
    [thanks] = [letter for letter in found if letter["To"] == "g@example.org"]
    assert thanks["Subject"] == "You have confirmed: Field logistics"
    assert link_of(speaker) in plain(thanks)
    confirmed, declined, withdrawn = [letter for letter in found if letter["To"] == "contact@example.org"]
    name = guest.names.in_("en")
    for letter, said in ((confirmed, "has confirmed"), (declined, "has declined"), (withdrawn, "has withdrawn")):
        assert letter["To"] == "contact@example.org"
        assert letter["Subject"] == f"{name} {said}: Field logistics"
        text = plain(letter)
        assert addresses(text) == {f"{SITE}/en/organise/events/{event.slug}/speakers/"}
        assert "evil" not in text, "a reason is read on the desk"
        assert "/speak/" not in text
    assert "Session 1" in plain(confirmed)
    put(event, main_language="zh")
    speakers.propose_again(SYSTEM, speaker.id, second.id)
    speakers.invite(SYSTEM, event.id, [guest.id])
    speakers.answer(holder(speaker), speaker.id, [second.id], accepts=True)
    assert any("已确认" in letter["Subject"] for letter in letters() if letter["To"] == "contact@example.org")


def test_organisers_hear_once_who_cannot_travel_and_how_long_before(event, guest, organiser, make_session, letters):
    speaker, first = invited(make_session, event, guest, "g@example.org")
    _, second = invited(make_session, event, guest)
    for part in (first, second):
        put(part, state="confirmed")
    letters()

    def to_organisers() -> list[Any]:
        return [letter for letter in letters() if letter["To"] == "contact@example.org"]

    for before, said in (
        (timedelta(days=3, hours=1), "The first of these sessions begins in 3 days"),
        (timedelta(hours=30), "The first of these sessions begins in 30 hours"),
    ):
        with clock.standing_at(again(first).session.starts_at - before):
            speakers.change_mode(holder(speaker), speaker.id, [first.id, second.id], "remote", "www.evil.example")
            [letter] = to_organisers()
            assert "takes part remotely: Field logistics" in letter["Subject"]
            for piece in (said, "Session 1", "Session 2"):
                assert piece in plain(letter)
            assert "evil" not in plain(letter)
            speakers.change_mode(holder(speaker), speaker.id, [first.id, second.id], "in_person")
            [letter] = to_organisers()
            assert "in person after all" in letter["Subject"]
    put(first.session, starts=None, ends=None, starts_at=None, ends_at=None)
    speakers.change_mode(holder(speaker), speaker.id, [first.id], "remote", "Visa")
    [letter] = to_organisers()
    assert "begins in" not in plain(letter)
    speakers.change_mode(organiser, speaker.id, [first.id], "in_person")
    assert to_organisers() == []


def test_an_organiser_who_answers_for_somebody_gets_no_letter_about_it(event, guest, organiser, make_session, letters):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    letters()
    speakers.answer(organiser, speaker.id, [part.id], accepts=True)
    assert letters() == []


def test_organisers_who_gave_no_address_read_it_on_the_desk(event, guest, make_session, letters):
    put(event, contact_address=None)
    speaker, part = invited(make_session, event, guest, "g@example.org")
    [letter] = letters()
    assert letter["Reply-To"] is None
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    assert [letter["To"] for letter in letters()] == ["g@example.org"]


def test_a_co_speaker_is_announced_to_the_organisers_and_not_to_the_address(event, guest, make_session, letters):
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")
    letters()
    speaker_details.invite_co_speaker(holder(speaker), part.id, Names(family="Rahman"), "r@example.org", "zh")
    [letter] = letters()
    assert letter["To"] == "contact@example.org"
    assert "proposes a co-speaker" in letter["Subject"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_makes_no_link_and_no_header(event, guest, make_session, letters, name: str):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    speaker_details.change_profile(holder(speaker), speaker.id, people.Profile(Names(family=name[:120])))
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    for letter in letters():
        text, markup = plain(letter), html(letter)
        own = {link_of(speaker), f"{SITE}/en/organise/events/{event.slug}/speakers/"}
        assert addresses(text) | addresses(markup) <= own
        assert "evil.example" not in f"{letter['Subject']}{text}{markup}"
        assert "Bcc" not in letter


def test_a_late_letter_never_carries_the_link_to_a_former_address(event, guest, organiser, make_session, letters):
    speaker, _ = invited(make_session, event, guest, "wrong@example.org")
    speakers.change_address(organiser, speaker.id, "right@example.org")
    assert [letter["To"] for letter in letters()] == ["right@example.org"]
    late = db.session.scalar(sa.select(Letter).where(Letter.address == "wrong@example.org"))
    assert (late.state, db.session.get(OutboxRow, late.outbox_id).state) == ("failed", "failed")
    services.send_again(organiser, late.id)
    assert letters() == []


def test_the_links_of_an_address_hold_those_of_a_speaker(
    event, guest, make_event, make_person, make_session, register, letters
):
    speaker, _ = invited(make_session, event, guest, "both@example.org")
    register(event, address="both@example.org", pool="online")
    own = make_person(address="own@example.org")
    of_own, _ = invited(make_session, event, own)
    over = make_event()
    past, _ = invited(make_session, over, guest, "both@example.org")
    events.cancel_event(SYSTEM, over.id, EMPTY)
    letters()
    access.ask_for_links(VISITOR, "Both@example.org", "en")
    access.ask_for_links(VISITOR, "own@example.org", "zh")
    first, second = sorted(letters(), key=lambda letter: letter["To"])
    assert (first["Subject"], second["Subject"]) == ("Your links", "您的链接")
    assert link_of(speaker) in plain(first)
    assert "/registrations/" in plain(first)
    assert link_of(past) not in plain(first)
    assert link_of(of_own, "zh") in plain(second)
    with clock.standing_at(event.ends_at + timedelta(days=1)):
        access.ask_for_links(VISITOR, "own@example.org", "en")
        assert letters() == []


def test_asking_for_links_takes_the_same_work_for_a_speakers_address(event, guest, make_session, letters):
    invited(make_session, event, guest, "known@example.org")
    letters()

    def statements(address: str) -> list[str]:
        with count_queries() as queries:
            access.ask_for_links(VISITOR, address, "en")
        return queries.statements

    assert statements("unknown@example.org") == statements("known@example.org")


def test_every_letter_to_a_speaker_has_a_name_in_the_room_of_letters(
    app: Flask, event, guest, make_session, sign_in, organiser, letters
):
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")
    speaker_details.invite_co_speaker(holder(speaker), part.id, Names(family="A"), "a@example.org", "en")
    speakers.rotate_link(holder(speaker), speaker.id)
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    kinds = set(db.session.scalars(sa.select(Letter.kind)))
    assert kinds == {
        "speaker_invited", "co_speaker_proposed", "speaker_link", "speaker_answered", "speaker_confirmed",
    }  # fmt: skip
    assert kinds <= words.KINDS.keys()
    page = sign_in(organiser).get(f"/en/organise/events/{event.slug}/messages/").get_data(as_text=True)
    assert "Invitation of a speaker" in page


def test_a_letter_about_a_speaker_who_is_gone_is_refused(event, guest, make_session, letters):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    use_case(lambda actor: db.session.delete(db.session.get(Speaker, speaker.id)))(SYSTEM)
    assert letters() == []
    assert db.session.scalar(sa.select(Letter.state)) == "failed"


def test_titles_stay_in_the_words_of_the_organisers(event, guest, organiser, make_session, letters):
    """What a speaker calls their own presentation is in no letter to organisers."""
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")
    speaker_details.change_presentation(holder(speaker), part.id, both("www.evil.example"), EMPTY)
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    assert all("evil" not in plain(letter) for letter in letters())


def test_speakers_hear_when_their_event_is_cancelled_postponed_or_takes_place_after_all(
    event, guest, organiser, make_person, make_session, letters
):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    settled = make_person(address="settled@example.org", language="zh")
    give_part(make_session, event, settled, state="confirmed")
    declined = make_person(address="declined@example.org")
    give_part(make_session, event, declined, state="declined")
    unasked = make_person(address="unasked@example.org")
    give_part(make_session, event, unasked)
    letters()

    def told() -> dict[str, Any]:
        return {letter["To"]: letter for letter in letters()}

    events.postpone_event(organiser, event.id, both("The hall is flooded.", "场地进水。"))
    found = told()
    assert found.keys() == {"g@example.org", "settled@example.org"}
    first, second = found["g@example.org"], found["settled@example.org"]
    assert first["Subject"] == "Postponed: Field logistics"
    for piece in (f"Dear {guest.names.in_('en')},", "is postponed", "The hall is flooded.", link_of(speaker)):
        assert piece in plain(first), piece
    assert second["Subject"].startswith("活动延期：")
    assert "场地进水。" in plain(second)
    assert "/speak/" not in plain(second), "nobody gave them a page"

    events.publish_event(organiser, event.id)
    found = told()
    assert found["g@example.org"]["Subject"] == "The event takes place: Field logistics"
    assert "09:00–10:00 Beijing time" in plain(found["g@example.org"])
    assert found.keys() == {"g@example.org", "settled@example.org"}

    events.cancel_event(organiser, event.id, EMPTY)
    found = told()
    assert found["g@example.org"]["Subject"] == "Cancelled: Field logistics"
    assert "neither answer nor prepare" in plain(found["g@example.org"])
    assert found.keys() == {"g@example.org", "settled@example.org"}
    assert {"event_cancelled", "event_postponed", "event_resumed"} <= words.KINDS.keys()


def test_who_speaks_and_is_registered_hears_once_what_becomes_of_an_event_and_first_of_their_part(
    event, organiser, make_person, make_session, register, sign_in, letters
):
    person = make_person(address="both@example.org")
    give_part(make_session, event, person, state="confirmed")
    register(event, address="Both@example.org")
    letters()
    page = sign_in(organiser).get(f"/en/organise/events/{event.slug}/postpone/").get_data(as_text=True)
    assert "1 registrant will get a letter." in page and "speaker will" not in page
    for happens, said, after in (
        (lambda: events.postpone_event(organiser, event.id, EMPTY), "in which you have a part", "Your registration"),
        (lambda: events.publish_event(organiser, event.id), "you are in its programme", "Your registration stays"),
        (lambda: events.cancel_event(organiser, event.id, EMPTY), "neither answer nor prepare", "Former date"),
    ):
        happens()
        [found] = letters()
        assert "/registrations/" in plain(found) or "CANCEL" in str(found)
        assert plain(found).index(said) < plain(found).index(after)
        part = "Your part in the programme:"
        assert (part in plain(found)) == ("programme" in said)
        assert part not in plain(found) or plain(found).index(part) < plain(found).index(after)
    assert len(personal.letters_of_speaker(event.id, person.id, None)) == 3, "which go when they do"


def test_the_page_of_a_speaker_is_told_to_a_registrant_only_as_long_as_they_are_the_same(
    event, guest, organiser, make_session, register, letters
):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    register(event, address="g@example.org")
    letters()
    wordings.save_wording(organiser, event, "event_resumed", EMPTY, both("It is on: {link}"))
    events.postpone_event(organiser, event.id, EMPTY)
    assert [link_of(speaker) in plain(one) for one in letters()] == [True]
    events.publish_event(organiser, event.id)
    [found] = letters()
    assert link_of(speaker) in plain(found) and "Your part in the programme" in plain(found)
    assert re.search(r"It is on: <?http://127.0.0.1:8000/en/registrations/", plain(found)), "which words for them mean"
    events.postpone_event(organiser, event.id, EMPTY)
    letters()
    events.publish_event(organiser, event.id)
    outbox.drain(most=1)
    put(speaker, address="elsewhere@example.org")
    assert [("/speak/" in plain(one), "Your part" in plain(one)) for one in letters()] == [(False, False)]


def test_of_two_speakers_at_one_address_each_reads_that_their_event_takes_place(
    event, organiser, guest, make_person, make_session, register, letters
):
    for person in (guest, make_person(known_to=organisation_of(organiser), address=None)):
        invited(make_session, event, person, "office@example.org")
    register(event, address="office@example.org")
    letters()
    events.postpone_event(organiser, event.id, EMPTY)
    assert len(letters()) == 1
    events.publish_event(organiser, event.id)
    found = letters()
    assert [one["To"] for one in found] == ["office@example.org"] * 2
    assert len({token for one in found for token in re.findall(r"/speak/([\w-]{43})", plain(one))}) == 2
    assert sum("/registrations/" in plain(one) for one in found) == 1


def test_what_is_not_so_any_more_is_told_to_no_speaker(event, guest, organiser, make_session, letters):
    invited(make_session, event, guest, "g@example.org")
    letters()
    events.postpone_event(organiser, event.id, EMPTY)
    events.publish_event(organiser, event.id)
    assert [letter["Subject"] for letter in letters()] == ["The event takes place: Field logistics"]


def test_who_is_asked_before_an_event_is_published_hears_nothing_of_its_publication(
    guest, organiser, make_event, make_session, letters
):
    draft = make_event(organisation=organisation_of(organiser), published=False)
    invited(make_session, draft, guest, "g@example.org")
    letters()
    events.publish_event(organiser, draft.id)
    assert letters() == []


def test_who_is_asked_to_present_with_somebody_reads_with_whom(event, guest, make_session, letters):
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")
    role = speaker_details.invite_co_speaker(holder(speaker), part.id, Names(family="Rahman"), "r@example.org", "en")
    letters()
    speakers.invite(SYSTEM, event.id, [role.person_id])
    [letter] = letters()
    assert f"You are asked to present together with {guest.names.in_('en')}." in plain(letter)


def test_who_confirms_gets_it_in_writing_with_their_sessions_for_the_calendar(event, guest, make_session, letters):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    invited(make_session, event, guest)
    give_part(make_session, event, guest, state="declined")
    make_public(event)
    letters()
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    [letter] = [letter for letter in letters() if letter["To"] == "g@example.org"]
    text = plain(letter)
    assert "Panellist: Session 1; " in text
    assert "Please answer by" not in text
    assert "Confirm or decline" not in text
    [calendar] = [one for one in letter.iter_attachments() if one.get_content_type() == "text/calendar"]
    assert calendar.get_content().count("BEGIN:VEVENT") == 1
