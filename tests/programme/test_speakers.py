"""Asking people for their parts, and what they answer: by their link, by an organiser, too late, twice, at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.events.services import Partners
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Stale
from eventhub.foundation.i18n import EMPTY
from eventhub.organisations.models import Organisation
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import jobs, policy, speaker_details, speaker_queries, speakers
from eventhub.programme.models import Programme, SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan, plan_of
from eventhub.programme.services import change_session
from eventhub.programme.speaker_details import Wishes
from tests.conftest import both, organisation_of

from .invited import again, facts, give_part, holder, invited, put

Make = Callable[..., Any]


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Make) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


@pytest.fixture
def guest(organiser: Actor, make_person: Make) -> Person:
    """Somebody whom only the organiser's organisation knows."""
    return make_person(known_to=organisation_of(organiser), address=None)


# --- inviting ----------------------------------------------------------------------------------------------


def test_who_is_invited_has_one_link_for_all_their_parts(event, guest, organiser, make_session):
    first, second = (give_part(make_session, event, guest) for _ in range(2))
    moment = clock.now()
    with clock.standing_at(moment):
        [speaker] = speakers.invite(organiser, event.id, [guest.id], {guest.id: "Guest@Example.org"})
    assert [again(part).state for part in (first, second)] == ["invited", "invited"]
    assert again(first).state_since == moment
    assert (speaker.address, speaker.invited_at) == ("guest@example.org", moment)
    day = clock.wall(moment + timedelta(days=10), event.zone)
    assert clock.wall(speaker.answer_by, event.zone) == day.replace(hour=23, minute=59, second=0, microsecond=0)
    assert facts() == ["SpeakerInvited"]
    third = give_part(make_session, event, guest)
    assert speakers.invite(organiser, event.id, [guest.id]) == [again(speaker)]
    assert again(third).state == "invited"


def test_the_time_to_answer_is_the_programmes_own_and_ends_before_the_event(
    event, guest, organiser, make_session, save
):
    save(Programme(event_id=event.id, answer_days=4))
    assert timedelta(days=4) <= speakers.usual_answer_by(event) - clock.now() < timedelta(days=5)
    with clock.standing_at(event.starts_at - timedelta(days=2)):
        assert speakers.usual_answer_by(event) == event.starts_at
    give_part(make_session, event, guest)
    with pytest.raises(Invalid) as refusal:
        speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"}, clock.now() - timedelta(hours=1))
    assert refusal.value.field == "answer_by"


def test_an_address_is_needed_and_must_be_one(event, guest, organiser, make_session):
    part = give_part(make_session, event, guest)
    for addresses in (None, {guest.id: "no address"}):
        with pytest.raises(Invalid):
            speakers.invite(organiser, event.id, [guest.id], addresses)
    assert again(part).state == "proposed"
    assert db.session.scalar(sa.select(Speaker)) is None


def test_nobody_leads_the_link_of_somebody_with_an_own_address_to_themself(event, organiser, make_person, make_session):
    person = make_person(address="own@example.org")
    speaker, _ = invited(make_session, event, person, "organiser@example.org")
    assert (speaker.address, speaker_queries.address_of(person, speaker)) == (None, "own@example.org")
    with pytest.raises(Conflict):
        speakers.change_address(organiser, speaker.id, "organiser@example.org")


def test_links_that_went_to_a_typed_address_end_when_the_person_has_one_of_their_own(event, guest, make_session):
    speaker, _ = invited(make_session, event, guest, "typed@example.org")
    people.own_address(SYSTEM, guest.id, "own@example.org")
    assert not policy.may_edit_profile(holder(speaker), again(speaker), event), "whoever had the typed address"
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert speakers.remind(SYSTEM, event.id) == 1
    now = again(speaker)
    assert (now.address, now.link_number, now.calendar_number) == (None, 2, 2)
    assert policy.may_edit_profile(holder(now), now, event)


def test_another_typed_address_ends_the_links_to_the_former_one(event, guest, organiser, make_session):
    speaker, _ = invited(make_session, event, guest, "wrong@example.org")
    speakers.change_address(organiser, speaker.id, "Wrong@example.org")
    assert (again(speaker).link_number, facts()) == (1, ["SpeakerInvited"])
    speakers.change_address(organiser, speaker.id, "right@example.org")
    assert (again(speaker).link_number, again(speaker).address) == (2, "right@example.org")
    assert facts() == ["SpeakerInvited", "SpeakerLinkRotated"]
    with pytest.raises(NotFound):
        speakers.change_address(holder(speaker), speaker.id, "mine@example.org")


def test_only_people_on_the_programme_are_invited_and_no_labels_or_contacts(
    event, guest, organiser, make_session, make_person
):
    stranger = make_person()
    make_session(event, speakers=[SpeakerPlan("panellist", name=both("A representative"))])
    give_part(make_session, event, guest, "contact")
    for person in (stranger, guest):
        with pytest.raises(NotFound):
            speakers.invite(organiser, event.id, [person.id], {person.id: "a@example.org"})
    assert speaker_queries.list_invitees(event) == []
    assert facts() == []


def test_who_has_confirmed_already_gets_their_page_without_a_question(event, guest, organiser, make_session):
    part = give_part(make_session, event, guest, state="confirmed")
    [speaker] = speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"})
    assert (again(part).state, speaker.answer_by) == ("confirmed", None)


def test_a_double_click_is_one_letter_and_more_time_is_another(event, guest, organiser, make_session):
    give_part(make_session, event, guest)
    until = clock.now() + timedelta(days=5)
    for answer_by in (until, until, until + timedelta(days=1)):
        speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"}, answer_by)
    assert facts() == ["SpeakerInvited", "SpeakerInvited"]


def test_who_gave_everything_up_is_asked_again_only_after_it_was_proposed_again(event, guest, organiser, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=False, reason="Travelling")
    with pytest.raises(Conflict, match="wants none of these parts"):
        speakers.invite(organiser, event.id, [guest.id])
    with pytest.raises(NotFound):
        speakers.propose_again(holder(speaker), speaker.id, part.id)
    speakers.propose_again(organiser, speaker.id, part.id)
    assert (again(part).state, again(part).reason) == ("proposed", "")
    speakers.invite(organiser, event.id, [guest.id])
    assert again(part).state == "invited"
    with pytest.raises(Conflict):
        speakers.propose_again(organiser, speaker.id, part.id)


def test_nobody_is_invited_to_what_does_not_take_place(event, guest, organiser, make_session):
    give_part(make_session, event, guest)
    with clock.standing_at(event.ends_at + timedelta(minutes=1)), pytest.raises(Conflict):
        speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"})
    events.cancel_event(SYSTEM, event.id, EMPTY)
    with pytest.raises(Conflict):
        speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"})


def test_organisers_of_others_and_strangers_find_nothing(event, guest, make_member, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    other, _ = invited(make_session, event, make_person_of(event), "other@example.org")
    for actor in (
        make_member("administrator"),
        VISITOR,
        holder(other),
        Actor("link", thing_id=speaker.id, purpose="x"),
    ):
        for deed in (
            lambda a: speakers.invite(a, event.id, [guest.id]),
            lambda a: speakers.remind(a, event.id),
            lambda a: speakers.answer(a, speaker.id, [part.id], accepts=True),
            lambda a: speakers.withdraw(a, speaker.id, part.id, "Ill"),
            lambda a: speakers.change_mode(a, speaker.id, [part.id], "remote", "Visa"),
            lambda a: speakers.rotate_link(a, speaker.id),
            lambda a: speaker_details.change_desk(a, speaker.id, Wishes("Asia/Shanghai")),
            lambda a: speaker_details.change_profile(a, speaker.id, people.Profile(Names(family="X"))),
            lambda a: speaker_details.change_presentation(a, part.id, both("X"), EMPTY),
            lambda a: speaker_details.invite_co_speaker(a, part.id, Names(family="X"), "x@example.org", "en"),
            lambda a: speaker_details.mark_seen(a, speaker.id),
        ):
            with pytest.raises(NotFound):
                deed(actor)
    assert (again(part).state, again(part).mode) == ("invited", "in_person")


def make_person_of(event: Event) -> Person:
    return people.add_person(SYSTEM, people.Profile(Names(family="Other")), known_to=event.organisation_id)


def test_a_viewer_of_the_organisation_asks_nobody(event, guest, organiser, make_member, make_session):
    give_part(make_session, event, guest)
    viewer = make_member("viewer", db.session.get(Organisation, organisation_of(organiser)))
    with pytest.raises(NotFound):
        speakers.invite(viewer, event.id, [guest.id], {guest.id: "g@example.org"})


# --- answering ---------------------------------------------------------------------------------------------


def test_parts_are_confirmed_and_declined_each_by_itself(event, guest, make_session):
    speaker, first = invited(make_session, event, guest, "g@example.org")
    _, second = invited(make_session, event, guest)
    version = again(second).session.version
    speakers.answer(holder(speaker), speaker.id, [first.id], accepts=True, reason="ignored")
    speakers.answer(holder(speaker), speaker.id, [second.id], accepts=False, reason="  On leave ")
    assert (again(first).state, again(first).reason) == ("confirmed", "")
    assert (again(second).state, again(second).reason) == ("declined", "On leave")
    assert again(second).session.version > version, "an organiser who has the session open is told"
    entries = list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.fact == "SpeakerAnswered")))
    assert {(entry.actor_kind, entry.actor_thing_id, entry.data["is_own"]) for entry in entries} == {
        ("link", speaker.id, True)
    }
    assert all("leave" not in str(entry.data) for entry in entries), "the reason stays where it can be erased"


def test_declining_needs_a_reason_which_may_be_short(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    for reason in ("", "  \n", "x" * 501):
        with pytest.raises(Invalid) as refusal:
            speakers.answer(holder(speaker), speaker.id, [part.id], accepts=False, reason=reason)
        assert refusal.value.field == "reason"
    with pytest.raises(Invalid):
        speakers.answer(holder(speaker), speaker.id, [], accepts=True)
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=False, reason="病")
    assert again(part).state == "declined"


def test_the_same_answer_twice_is_one_and_the_other_answer_explains_itself(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    for _ in range(2):
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    assert facts("SpeakerAnswered") == ["SpeakerAnswered"]
    with pytest.raises(Conflict, match="confirmed before"):
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=False, reason="Ill")
    speakers.withdraw(holder(speaker), speaker.id, part.id, "Ill")
    with pytest.raises(Conflict, match="given up before"):
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)


def test_an_answer_after_the_lapse_says_when_that_was_and_declining_is_still_welcome(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    _, second = invited(make_session, event, guest)
    with clock.standing_at(speaker.answer_by + timedelta(seconds=1)):
        with pytest.raises(Conflict, match=rf"{again(speaker).answer_by:%Y}.*ask you again"):
            speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
        speakers.answer(SYSTEM, speaker.id, [second.id], accepts=True)
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=False, reason="Late, sorry")
    assert [again(one).state for one in (part, second)] == ["declined", "confirmed"]


def test_nobody_answers_for_a_part_of_others_or_one_that_they_were_not_asked_for(
    event, guest, make_event, make_session, make_person
):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    _, of_other = invited(make_session, event, make_person())
    unasked = give_part(make_session, event, guest)
    elsewhere = invited(make_session, make_event(), guest, "g@example.org")[1]
    for role in (of_other, unasked, elsewhere):
        with pytest.raises(NotFound):
            speakers.answer(holder(speaker), speaker.id, [part.id, role.id], accepts=True)
    assert again(part).state == "invited", "all of it or nothing"


def test_nothing_is_answered_for_what_is_called_off(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    put(part.session, state="cancelled")
    assert not speaker_queries.is_open(again(part))
    with pytest.raises(Conflict, match="cancelled"):
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    put(part.session, state="scheduled")
    events.cancel_event(SYSTEM, event.id, EMPTY)
    with pytest.raises(Conflict, match="cancelled"):
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)


def test_of_two_answers_at_once_one_counts_and_the_other_is_told(app: Flask, event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    speaker_id, role_id = speaker.id, part.id
    db.session.rollback()

    def give(accepts: bool) -> str:
        with app.app_context():
            try:
                actor = Actor("link", thing_id=speaker_id, purpose="speaker")
                speakers.answer(actor, speaker_id, [role_id], accepts=accepts, reason="Ill")
            except DomainError as refusal:
                return type(refusal).__name__
            return "confirmed" if accepts else "declined"

    with ThreadPoolExecutor(8) as crowd:
        outcomes = list(crowd.map(give, [number % 2 == 0 for number in range(16)]))
    state = again(part).state
    assert sorted(set(outcomes)) == sorted({"Conflict", state})
    assert facts("SpeakerAnswered") == ["SpeakerAnswered"]


def test_an_organiser_answers_for_somebody_and_the_audit_says_so(event, guest, organiser, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    speakers.answer(organiser, speaker.id, [part.id], accepts=True)
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "SpeakerAnswered"))
    assert (entry.actor_person_id, entry.data["is_own"], entry.event_id) == (organiser.person_id, False, event.id)


def test_a_person_who_has_signed_in_acts_for_themself(event, make_member, make_session):
    own = make_member("viewer")
    person = db.session.get(Person, own.person_id)
    speaker, part = invited(make_session, event, person)
    speakers.answer(own, speaker.id, [part.id], accepts=True)
    assert again(part).state == "confirmed"
    assert policy.may_edit_profile(own, again(speaker), event)


# --- reminding ---------------------------------------------------------------------------------------------


def test_all_who_have_not_answered_are_reminded_at_once_and_nobody_twice(
    event, guest, organiser, make_session, make_person
):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    _, other = invited(make_session, event, make_person())
    done, confirmed = invited(make_session, event, make_person())
    speakers.answer(holder(done), done.id, [confirmed.id], accepts=True)
    assert speakers.remind(organiser, event.id) == 0, "they have just been written to"
    later = clock.now() + timedelta(days=2)
    with clock.standing_at(later):
        assert speakers.remind(organiser, event.id, [guest.id]) == 1
        assert speakers.remind(organiser, event.id) == 1
        assert speakers.remind(organiser, event.id) == 0
    assert again(speaker).reminded_at == later
    assert {again(one).state for one in (part, other)} == {"invited"}


def test_a_reminder_after_the_lapse_opens_the_invitation_again(event, guest, organiser, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    with clock.standing_at(speaker.answer_by + timedelta(days=1)):
        assert speaker_queries.get_invitee(event, guest.id).has_lapsed
        assert speakers.remind(organiser, event.id) == 1
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    assert again(part).state == "confirmed"


def test_the_clock_reminds_once_three_days_before_the_lapse(event, guest, make_session):
    with clock.standing_at(clock.now().replace(second=0, microsecond=0)):
        speaker, _ = invited(make_session, event, guest, "g@example.org")
    due = speaker.answer_by - timedelta(days=3)
    for moment, letters in ((due - timedelta(minutes=1), 0), (due, 1), (due + timedelta(minutes=1), 1)):
        with clock.standing_at(moment):
            jobs.remind_before_lapse()
        assert len(facts("SpeakerReminded")) == letters
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "SpeakerReminded"))
    assert entry.actor_kind == "system"


def test_of_a_short_time_the_reminder_comes_when_half_has_passed(event, guest, make_session, organiser):
    give_part(make_session, event, guest)
    begin = clock.now()
    with clock.standing_at(begin):
        speakers.invite(organiser, event.id, [guest.id], {guest.id: "g@example.org"}, begin + timedelta(days=2))
    assert speaker_queries.list_due(begin + timedelta(hours=23)) == {}
    assert speaker_queries.list_due(begin + timedelta(hours=25)) == {event.id: [guest.id]}


@pytest.mark.parametrize("end", ["answered", "lapsed", "postponed", "session", "reminded"])
def test_the_clock_reminds_nobody_who_need_not_answer(event, guest, make_session, end: str):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    moment = speaker.answer_by - timedelta(days=1)
    if end == "answered":
        speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    elif end == "postponed":
        events.postpone_event(SYSTEM, event.id, EMPTY)
    elif end == "session":
        put(part.session, state="cancelled")
    elif end == "reminded":
        put(speaker, reminded_at=clock.now())
    else:
        moment = speaker.answer_by
    assert speaker_queries.list_due(moment) == {}


# --- withdrawing, and taking part otherwise ----------------------------------------------------------------


def test_who_withdraws_says_why_and_twice_is_as_good_as_once(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org", state="proposed")
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    with pytest.raises(Invalid):
        speakers.withdraw(holder(speaker), speaker.id, part.id, " ")
    for _ in range(2):
        speakers.withdraw(holder(speaker), speaker.id, part.id, "Illness")
    assert (again(part).state, again(part).reason) == ("withdrawn", "Illness")
    assert len(facts("SpeakerAnswered")) == 2
    _, declined = invited(make_session, event, guest)
    speakers.answer(holder(speaker), speaker.id, [declined.id], accepts=False, reason="No")
    with pytest.raises(Conflict):
        speakers.withdraw(holder(speaker), speaker.id, declined.id, "Illness")


@pytest.mark.parametrize("by", ["speaker", "organiser"])
def test_somebody_goes_remote_with_a_reason_and_comes_back(event, guest, organiser, make_session, by: str):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    actor = organiser if by == "organiser" else holder(speaker)
    with pytest.raises(Invalid):
        speakers.change_mode(actor, speaker.id, [part.id], "remote")
    with pytest.raises(Invalid):
        speakers.change_mode(actor, speaker.id, [part.id], "recorded", "Visa")
    speakers.change_mode(actor, speaker.id, [part.id], "remote", "Visa refused")
    assert (again(part).mode, again(part).reason) == ("remote", "Visa refused")
    speakers.change_mode(actor, speaker.id, [part.id], "remote", "Again")
    assert again(part).reason == "Visa refused", "nothing has changed"
    speakers.change_mode(actor, speaker.id, [part.id], "in_person")
    assert (again(part).mode, again(part).reason, again(part).state) == ("in_person", "", "invited")
    query = sa.select(AuditEntry).where(AuditEntry.fact == "SpeakerModeChosen").order_by(AuditEntry.created_at)
    first, second = db.session.scalars(query)
    assert [(entry.data["mode"], entry.data["is_own"]) for entry in (first, second)] == [
        ("remote", by == "speaker"),
        ("in_person", by == "speaker"),
    ]
    assert first.data["hours_before"] == (part.session.starts_at - first.created_at) // timedelta(hours=1)


def test_who_cannot_travel_goes_remote_everywhere_at_once_or_nowhere(event, guest, make_session):
    speaker, first = invited(make_session, event, guest, "g@example.org")
    _, second = invited(make_session, event, guest)
    assert speaker_queries.moving(speaker_queries.list_parts(speaker), "remote", first) == [first, second]
    with pytest.raises(Invalid):
        speakers.change_mode(holder(speaker), speaker.id, [], "remote", "Visa")
    put(second, state="declined")
    with pytest.raises(Conflict):
        speakers.change_mode(holder(speaker), speaker.id, [first.id, second.id], "remote", "Visa")
    assert again(first).mode == "in_person", "all of it or nothing"
    put(second, state="confirmed")
    speakers.change_mode(holder(speaker), speaker.id, [first.id, second.id], "remote", "Visa")
    assert [again(one).mode for one in (first, second)] == ["remote", "remote"]


def test_nobody_goes_remote_from_what_is_over_called_off_or_given_up(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    with clock.standing_at(part.session.ends_at), pytest.raises(Conflict, match="over"):
        speakers.change_mode(holder(speaker), speaker.id, [part.id], "remote", "Visa")
    put(part.session, state="cancelled")
    with pytest.raises(Conflict, match="cancelled"):
        speakers.change_mode(holder(speaker), speaker.id, [part.id], "remote", "Visa")
    put(part, state="declined")
    with pytest.raises(Conflict, match="given up"):
        speakers.change_mode(holder(speaker), speaker.id, [part.id], "remote", "Visa")


# --- links -------------------------------------------------------------------------------------------------


def test_a_link_is_ended_by_its_holder_and_by_an_organiser(event, guest, organiser, make_session):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    speakers.rotate_link(holder(speaker), speaker.id)
    speakers.rotate_link(organiser, speaker.id)
    now = again(speaker)
    assert (now.link_number, now.calendar_number) == (3, 3)
    put(now, address=None)
    with pytest.raises(Conflict):
        speakers.rotate_link(organiser, speaker.id)


def test_only_the_speaker_says_what_they_have_read(event, guest, organiser, make_session):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    with pytest.raises(Forbidden):
        speaker_details.mark_seen(organiser, speaker.id)
    speaker_details.mark_seen(holder(speaker), speaker.id)
    assert again(speaker).seen_at is not None


# --- what speakers say -------------------------------------------------------------------------------------


def test_wishes_are_kept_in_the_speakers_own_zone(event, guest, make_session):
    speaker, _ = invited(make_session, event, guest, "g@example.org")
    stretch = "2030-05-06T09:00/2030-05-06T12:00"
    wishes = Wishes("Europe/Zurich", [stretch], " A clicker ", may_record=False)
    speaker_details.change_desk(holder(speaker), speaker.id, wishes, again(speaker).version)
    now = again(speaker)
    assert (now.zone, now.availability, now.needs, now.may_record) == ("Europe/Zurich", [stretch], "A clicker", False)
    speaker_details.change_desk(holder(speaker), speaker.id, speaker_details.wishes_of(now, event))
    assert facts("SpeakerDeskChanged") == ["SpeakerDeskChanged"], "the same again is no change"
    for wrong in (
        Wishes("Mars/Olympus"),
        Wishes("Asia/Shanghai", needs="x" * 2001),
        Wishes("Asia/Shanghai", ["2030-05-06T09:00/2030-05-06T08:00"]),
        Wishes("Asia/Shanghai", ["tomorrow"]),
    ):
        with pytest.raises(Invalid):
            speaker_details.change_desk(holder(speaker), speaker.id, wrong)
    with pytest.raises(Stale):
        speaker_details.change_desk(holder(speaker), speaker.id, wishes, now.version - 1)


def test_a_profile_is_changed_by_the_link_where_the_organisation_knows_the_person(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    profile = people.Profile(
        Names(family="Zeng"), "zh", "Asia/Shanghai", both("Volunteer"), "CN", both("Works on relief.")
    )
    speaker_details.change_profile(holder(speaker), speaker.id, profile, guest.version)
    person = again(guest)
    assert (person.names.family, person.biography, person.country) == ("Zeng", both("Works on relief."), "CN")
    assert (again(part).affiliation, again(part).country) == (both("Volunteer"), "CN")
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "PersonChanged"))
    assert (entry.actor_kind, entry.actor_thing_id) == ("link", speaker.id), "the audit keeps who acted"
    put(part, affiliation=both("As a guest of the network"))
    speaker_details.change_profile(holder(speaker), speaker.id, people.Profile(Names(family="Zeng"), country="CH"))
    assert (again(part).affiliation, again(part).country) == (both("As a guest of the network"), "CH")
    with pytest.raises(Stale):
        speaker_details.change_profile(holder(speaker), speaker.id, profile, person.version - 1)


def test_whose_profile_a_link_opens(event, guest, organiser, make_member, make_event, make_person, make_session):
    """Only one's own, or that of whom the event's organisation knows: whoever is named its equal was not asked."""
    other = make_member("organiser")
    with_others = make_event(
        organisation=organisation_of(other), partners=Partners(co_organisers=[organisation_of(organiser)])
    )
    alone = make_event(organisation=organisation_of(other))
    verified = make_person()
    for run, person, address, may in (
        (event, guest, "g@example.org", True),
        (with_others, guest, "g@example.org", False),
        (alone, guest, "g@example.org", False),
        (alone, verified, "", True),
    ):
        speaker, _ = invited(make_session, run, person, address)
        assert policy.may_edit_profile(holder(speaker), again(speaker), run) is may
        profile = people.Profile.of(again(person))
        if may:
            speaker_details.change_profile(holder(speaker), speaker.id, profile)
        else:
            with pytest.raises(Forbidden):
                speaker_details.change_profile(holder(speaker), speaker.id, profile)
    assert not policy.may_edit_profile(other, again(speaker), alone), "an organiser does not write for somebody else"


def test_a_presentation_is_one_for_all_who_present_it(event, guest, make_session, make_person):
    colleague = make_person()
    plans = [SpeakerPlan("presenter", person_id=guest.id), SpeakerPlan("presenter", person_id=colleague.id)]
    session = make_session(event, speakers=plans)
    main, second = session.speakers
    for role in (main, second):
        put(role, state="proposed")
    put(second, presents_with_id=main.id)
    one, two = speakers.invite(SYSTEM, event.id, [guest.id, colleague.id], {guest.id: "g@example.org"})
    second_speaker = one if one.person_id == colleague.id else two
    version = again(main).version
    speaker_details.change_presentation(holder(second_speaker), second.id, both("Floods"), both("How it was."), version)
    assert (again(main).presentation_title, again(second).presentation_title) == (both("Floods"), EMPTY)
    assert facts("PresentationChanged") == ["PresentationChanged"]
    assert speaker_queries.presenting_with(again(main)) == [again(second)]
    with pytest.raises(Stale):
        speaker_details.change_presentation(holder(second_speaker), second.id, both("Other"), EMPTY, version)
    speaker_details.change_presentation(holder(second_speaker), second.id, both("Floods"), both("How it was."))
    assert facts("PresentationChanged") == ["PresentationChanged"], "the same again is no change"


def test_an_organiser_who_has_the_session_open_overwrites_no_presentation_unseen(event, guest, organiser, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    session = part.session
    plan, version = plan_of(session), session.version
    speaker_details.change_presentation(holder(speaker), part.id, both("Floods"), EMPTY)
    with pytest.raises(Stale):
        change_session(organiser, session.id, plan, version)
    assert again(part).presentation_title == both("Floods")


@pytest.mark.parametrize(("role", "state", "error"), [
    ("moderator", "confirmed", Conflict), ("panellist", "declined", NotFound), ("panellist", "proposed", NotFound),
])  # fmt: skip
def test_nothing_is_presented_where_nobody_presents(event, guest, make_session, role: str, state: str, error: type):
    speaker, part = invited(make_session, event, guest, "g@example.org", role=role)
    put(part, state=state)
    with pytest.raises(error):
        speaker_details.change_presentation(holder(speaker), part.id, both("Floods"), EMPTY)


def test_a_part_of_somebody_who_was_never_written_to_is_changed_by_nobody_here(event, guest, organiser, make_session):
    part = give_part(make_session, event, guest, state="confirmed")
    with pytest.raises(NotFound):
        speaker_details.change_presentation(organiser, part.id, both("Floods"), EMPTY)
    label = make_session(event, speakers=[SpeakerPlan("presenter", name=both("Somebody"))]).speakers[0]
    with pytest.raises(NotFound):
        speaker_details.change_presentation(organiser, label.id, both("Floods"), EMPTY)


def test_a_co_speaker_is_proposed_and_then_invited_by_the_organisers(
    event, guest, organiser, make_session, make_person
):
    known = make_person(address="known@example.org")
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")
    names = Names(family="Rahman", given="Aisha")
    role = speaker_details.invite_co_speaker(holder(speaker), part.id, names, "Known@Example.org", "zh")
    role = again(role)
    assert (role.state, role.role, role.presents_with_id, role.position) == ("proposed", "presenter", part.id, 1)
    person = role.person
    assert person.id != known.id, "whether an address is known to the site is not told"
    assert (person.known_to, person.address, person.language) == (organisation_of(organiser), None, "zh")
    new = speaker_queries.find_of_person(event.id, person.id)
    assert (new.address, new.invited_at) == ("known@example.org", None)
    assert facts("CoSpeakerProposed") == ["CoSpeakerProposed"]
    with pytest.raises(Conflict, match="this name"):
        speaker_details.invite_co_speaker(holder(speaker), part.id, names, "else@example.org", "en")
    assert speakers.invite(organiser, event.id, [person.id]) == [again(new)]
    assert again(role).state == "invited"


def test_a_co_speaker_must_be_somebody_and_they_are_no_crowd(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")

    def propose(names: Names, address: str = "a@example.org", language: str = "en") -> SessionRole:
        return speaker_details.invite_co_speaker(holder(speaker), part.id, names, address, language)

    for wrong in (
        (Names(), "a@example.org", "en"),
        (Names(family="A"), "a", "en"),
        (Names(family="A"), "a@example.org", "fr"),
    ):
        with pytest.raises(Invalid):
            propose(*wrong)
    for number in range(speaker_details.MOST_TOGETHER - 1):
        propose(Names(family=f"Colleague {number}"))
    with pytest.raises(Conflict, match="At most"):
        propose(Names(family="One too many"))


def test_at_an_online_event_a_co_speaker_takes_part_remotely(event, guest, make_session):
    speaker, part = invited(make_session, event, guest, "g@example.org", role="presenter")
    put(event, mode="online")
    role = speaker_details.invite_co_speaker(holder(speaker), part.id, Names(family="A"), "a@example.org", "en")
    assert again(role).mode == "remote"
