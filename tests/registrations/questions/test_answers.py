"""Answers as they are kept: conditions, limits, seals, who reads them, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events.models import Event, Partner
from eventhub.foundation import clock, sealing
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import digest
from eventhub.foundation.sheets import csv_pieces
from eventhub.registrations import exports, jobs
from eventhub.registrations import services as registering
from eventhub.registrations.agreements import Description, Details
from eventhub.registrations.models import Consent, Registration
from eventhub.registrations.questions import policy, queries, services
from eventhub.registrations.questions.models import Answer, ChosenOption, Question
from eventhub.registrations.questions.services import QuestionPlan
from tests.conftest import on_sqlite
from tests.reading import read_apart
from tests.registrations.questions.conftest import both, change, holder

pytestmark = on_sqlite

Make = Callable[..., Any]


def said(registration: Registration) -> dict[str, Any]:
    """What was answered, by the English question."""
    values = queries.values_of(registration.id)
    return {
        one.label.in_("en"): values[one.id] for one in queries.list_questions(registration.event_id) if one.id in values
    }


def test_what_does_not_apply_is_neither_asked_nor_kept(ask: Make, enter: Make):
    comes = ask("yes_no", "Hotel?")
    night = ask("choice_one", "Which night?", "Monday", "Tuesday", on=(comes, "yes"), is_required=True)
    why = ask("short_text", "Why Tuesday?", on=(night, "o2"))
    one = enter("one", {comes: "no", night: "o9", why: "because"})
    assert said(one) == {"Hotel?": "no"}
    two = enter("two", {comes: "yes", night: "o2", why: "because"})
    assert said(two) == {"Hotel?": "yes", "Which night?": "o2", "Why Tuesday?": "because"}
    with pytest.raises(Invalid) as refusal:
        enter("three", {comes: "yes"})
    assert refusal.value.field == night.field_name
    change(two, {comes: "no"})
    assert said(two) == {"Hotel?": "no"}
    assert db.session.scalar(sa.select(sa.func.count(ChosenOption.id))) == 0


def test_an_organiser_may_leave_out_what_is_required_but_its_person_may_not(
    event: Event, ask: Make, enter: Make, make_member: Make
):
    registration = enter()
    need = ask("short_text", "Badge name", is_required=True)
    with pytest.raises(Invalid):
        change(registration, {})
    change(registration, {}, make_member("organiser", event.organisation))
    change(registration, {need: "芳"}, make_member("organiser", event.organisation))
    assert said(registration) == {"Badge name": "芳"}


def test_changing_only_an_answer_meets_a_save_over_it(ask: Make, enter: Make):
    text = ask("short_text")
    registration = enter("wang", {text: "one"})
    version = registration.version
    change(registration, {text: "two"})
    described = Description(name="Other")
    with pytest.raises(Stale):
        registering.change_registration(holder(registration), registration.id, described, version, {text.id: "three"})
    assert said(registration) == {"A short_text": "two"}
    facts = db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.fact == "RegistrationChanged")).all()
    assert [fact["fields"] for fact in facts] == [["answers"]]


def test_a_limit_holds_and_a_place_given_up_is_free_again(ask: Make, enter: Make):
    tour = ask("choice_many", "Tours", ("Museum", 1), "Park")
    first = enter("first", {tour: ["o1", "o2"]})
    with pytest.raises(Invalid, match=r"Museum.*full"):
        enter("second", {tour: ["o1"]})
    second = enter("second", {tour: ["o2"]})
    with pytest.raises(Invalid, match="full"):
        change(second, {tour: ["o1"]})
    change(first, {tour: ["o1"]})  # what one has is not taken away
    registering.cancel_registration(holder(first), first.id)
    change(second, {tour: ["o1", "o2"]})
    assert said(second) == {"Tours": ["o1", "o2"]}
    assert enter("first", {tour: ["o2"]}) is first
    assert said(first) == {"Tours": ["o2"]}


def test_who_comes_back_by_an_organiser_does_not_take_an_option_that_is_somebody_elses(
    event: Event, ask: Make, enter: Make
):
    tour, photo = ask("choice_one", "Tour", ("Museum", 1), "Park"), ask("consent", "Photographs")
    first = enter("first", {tour: "o1", photo: digest("Photographs")})
    registering.cancel_registration(holder(first), first.id)
    enter("second", {tour: "o1"})
    details = Details(name="First", address="first@example.org", answers={photo.id: digest("Photographs")})
    assert registering.add_by_hand(SYSTEM, event.id, details, "online") is first
    assert said(first) == {}
    assert queries.count_chosen([tour]) == {(tour.id, "o1"): 1}


def test_a_known_address_is_told_what_a_new_one_would_be_and_changes_nothing(ask: Make, enter: Make):
    tour = ask("choice_one", "Tour", ("Museum", 1), "Park")
    first = enter("first", {tour: "o1"})
    with pytest.raises(Invalid, match="full"):
        enter("first", {tour: "o1"})
    enter("first", {tour: "o2"})
    assert said(first) == {"Tour": "o1"}


def test_sensitive_answers_lie_unreadable_in_the_database_and_in_no_audit(app: Flask, ask: Make, enter: Make):
    diet = ask("long_text", "Diet", is_sensitive=True, keep_days=10)
    more = ask("choice_many", "Needs", "Ramp", "Loop", is_sensitive=True, keep_days=10)
    registration = enter("wang", {diet: "canary-halal 清真", more: ["o2"]})
    assert said(registration) == {"Diet": "canary-halal 清真", "Needs": ["o2"]}
    rows = db.session.execute(sa.select(Answer.value, Answer.sealed)).all()
    assert [row.value for row in rows] == [None, None]
    change(registration, {diet: "canary-vegan", more: ["o1"]})
    with db.engine.connect() as connection:
        for table in (Answer.__table__, ChosenOption.__table__, AuditEntry.__table__):
            told = str(connection.execute(sa.select(table)).all())
            assert "canary" not in told
            assert "'o1'" not in told  # by itself the two letters may be part of what is sealed
    if app.extensions["eventhub_settings"].is_sqlite:
        file = app.extensions["eventhub_settings"].database_url.removeprefix("sqlite:///")
        for name in (file, f"{file}-wal"):
            assert b"canary" not in read_apart(name)


def test_a_seal_moved_to_another_person_or_under_another_key_does_not_open(
    app: Flask, ask: Make, enter: Make, monkeypatch: pytest.MonkeyPatch
):
    diet = ask("short_text", "Diet", is_sensitive=True, keep_days=10)
    one, two = enter("one", {diet: "vegan"}), enter("two", {diet: "halal"})
    rows = {row.registration_id: row for row in db.session.scalars(sa.select(Answer))}
    sealed = rows[one.id].sealed
    assert sealed
    assert sealing.unseal("answers", sealed, queries.owner(one.id, diet.id)) == '"vegan"'
    assert sealing.unseal("answers", sealed, queries.owner(two.id, diet.id)) is None
    assert sealing.unseal("answers", "nonsense", queries.owner(one.id, diet.id)) is None
    settings = app.extensions["eventhub_settings"]
    older = dict(app.extensions)
    newer = settings.model_copy(
        update={"secret_key": "another key of sixteen", "secret_key_fallbacks": [settings.secret_key]}
    )
    sealing.init_app(app, newer)
    assert said(one) == {"Diet": "vegan"}
    sealing.init_app(app, settings.model_copy(update={"secret_key": "another key of sixteen"}))
    assert said(one) == {"Diet": queries.UNREADABLE}
    change(one, {diet: None})  # somebody saves a page that could not show it
    app.extensions["eventhub_seals"] = older["eventhub_seals"]
    assert said(one) == {"Diet": "vegan"}


def test_answers_are_sealed_when_their_question_becomes_sensitive(event: Event, ask: Make, enter: Make):
    food = ask("choice_one", "Food", "Fish", "Rice")
    registration = enter("wang", {food: "o1"})
    plan = QuestionPlan.of(food)
    values = {name: getattr(plan, name) for name in plan.__slots__}
    services.save_question(SYSTEM, event.id, QuestionPlan(**{**values, "is_sensitive": True, "keep_days": 5}), food.id)
    assert said(registration) == {"Food": "o1"}
    assert db.session.execute(sa.select(Answer.value)).scalar_one() is None
    assert db.session.scalar(sa.select(sa.func.count(ChosenOption.id))) == 0
    with pytest.raises(Invalid) as refusal:
        services.save_question(SYSTEM, event.id, QuestionPlan(**{**values, "keep_days": 5}), food.id)
    assert refusal.value.field == "is_sensitive"


def test_a_consent_is_kept_with_its_words_and_can_be_taken_back(event: Event, ask: Make, enter: Make):
    photo = ask("consent", "Photographs of me may be shown")
    words = digest("Photographs of me may be shown（中文）")
    registration = enter("wang", {photo: words})
    (consent,) = db.session.scalars(sa.select(Consent).where(Consent.purpose == f"question:{photo.id}"))
    assert (consent.wording, consent.language, consent.withdrawn_at) == (words, "zh", None)
    change(registration, {photo: digest("Photographs of me may be shown")})  # the same words, read in English
    assert said(registration)["Photographs of me may be shown"]["language"] == "zh"
    change(registration, {photo: None})
    db.session.refresh(consent)
    assert consent.withdrawn_at is not None
    assert said(registration) == {}
    with pytest.raises(Invalid, match="have changed"):
        change(registration, {photo: digest("Other words")})


def test_no_organiser_agrees_for_somebody(event: Event, ask: Make, enter: Make, make_member: Make):
    photo = ask("consent", "Photographs")
    registration = enter()
    change(registration, {photo: digest("Photographs")}, make_member("organiser", event.organisation))
    assert said(registration) == {}


def test_who_reads_what(event: Event, ask: Make, make_member: Make, make_organisation: Make, save: Make):
    partner = make_organisation()
    save(Partner(event_id=event.id, organisation_id=partner.id, part="co_organiser"))
    db.session.expire_all()
    own = ask("short_text", "own")
    shared = ask("short_text", "shared", seen_by=["co_organiser"])
    door = ask("short_text", "door", seen_by=["check_in"])
    everyone = ask("short_text", "everyone", seen_by=["co_organiser", "check_in"])
    readers = {
        "organiser": make_member("organiser", event.organisation),
        "administrator": make_member("administrator", event.organisation),
        "check_in": make_member("check_in", event.organisation),
        "viewer": make_member("viewer", event.organisation),
        "translator": make_member("translator", event.organisation),
        "co-organiser": make_member("organiser", partner),
        "co-organiser’s check-in": make_member("check_in", partner),
        "co-organiser’s viewer": make_member("viewer", partner),
        "somebody else": make_member("administrator"),
    }
    readable = {
        name: [
            one.label.in_("en") for one in (own, shared, door, everyone) if policy.may_read_answers(actor, event, one)
        ]
        for name, actor in readers.items()
    }
    everything = ["own", "shared", "door", "everyone"]
    assert readable == {
        "organiser": everything,
        "administrator": everything,
        "check_in": ["door", "everyone"],
        "viewer": [],
        "translator": [],
        "co-organiser": ["shared", "everyone"],
        "co-organiser’s check-in": ["everyone"],
        "co-organiser’s viewer": [],
        "somebody else": [],
    }
    assert policy.may_edit_form(readers["organiser"], event)
    assert not policy.may_edit_form(readers["co-organiser"], event)


def test_a_co_organiser_changes_nothing(
    event: Event, ask: Make, enter: Make, make_member: Make, make_organisation: Make, save: Make
):
    partner = make_organisation()
    save(Partner(event_id=event.id, organisation_id=partner.id, part="co_organiser"))
    db.session.expire_all()
    shared = ask("short_text", "shared", seen_by=["co_organiser"])
    registration = enter("wang", {shared: "open"})
    with pytest.raises(NotFound):
        change(registration, {shared: "overwritten"}, make_member("organiser", partner))
    assert said(registration) == {"shared": "open"}


def test_answers_go_on_the_day_that_was_told(event: Event, ask: Make, enter: Make, monkeypatch: pytest.MonkeyPatch):
    diet = ask("short_text", "Diet", is_sensitive=True, keep_days=3)
    photo = ask("consent", "Photographs", keep_days=3)
    name = ask("short_text", "Badge")
    registration = enter("wang", {diet: "vegan", name: "芳", photo: digest("Photographs")})
    last = event.last_day()
    assert last
    assert diet.erased_on(event) == last + timedelta(days=3)
    assert event.ends_at
    before = event.ends_at + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: before)
    jobs.erase_answers()
    assert len(said(registration)) == 3
    after = event.ends_at + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: after)
    jobs.erase_answers()
    jobs.erase_answers()
    assert said(registration) == {"Badge": "芳"}
    assert [one.label.in_("en") for one in queries.asked(event, queries.list_questions(event.id))] == ["Badge"]
    facts = db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.fact == "AnswersErased")).all()
    assert sorted(fact["number"] for fact in facts) == [1, 1]
    change(registration, {diet: "halal", name: "方"})
    assert said(registration) == {"Badge": "方"}
    assert db.session.scalar(sa.select(Consent.withdrawn_at).where(Consent.purpose == f"question:{photo.id}")) is None


def test_an_organisation_of_ours_is_recognised_and_any_other_is_as_typed(
    ask: Make, enter: Make, make_organisation: Make
):
    ours = make_organisation("Amity Foundation")
    for_whom = ask("organisation", "For whom?")
    one = enter("one", {for_whom: "AMITY foundation"})
    two = enter("two", {for_whom: "Somebody Else"})
    assert said(one)["For whom?"] == {"name": "AMITY foundation", "id": str(ours.id)}
    assert said(two)["For whom?"] == {"name": "Somebody Else", "id": None}
    version = one.version
    change(one, {for_whom: "AMITY foundation"})
    assert one.version == version


def test_nothing_is_asked_and_nothing_is_read_where_nothing_is_answered(enter: Make):
    registration = enter()
    assert said(registration) == {}
    assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == 0


def test_text_survives_as_it_was_written(app: Flask, event: Event, ask: Make, enter: Make):
    text = ask("short_text", "Badge")
    for number, word in enumerate(["龑䶮𠮷", "👩‍👩‍👧 emoji", "עברית ابتث", "e\u0301 combining", "=1+1", "z" * 300]):
        registration = enter(f"p{number}", {text: word})
        assert said(registration) == {"Badge": word}
    with app.test_request_context("/en/"):
        told = "".join(csv_pieces(exports.rows_of(SYSTEM, event)))
    assert all(word in told for word in ("龑䶮𠮷", "👩‍👩‍👧 emoji", "עברית ابتث", "e\u0301 combining", "'=1+1"))


def _plan(question: Question, **changes: Any) -> QuestionPlan:
    plan = QuestionPlan.of(question)
    return QuestionPlan(**{**{name: getattr(plan, name) for name in plan.__slots__}, **changes})


def test_what_was_answered_stays_readable_whatever_is_changed(event: Event, ask: Make, enter: Make):
    food = ask("choice_one", "Food", "Fish", "Rice", keep_days=9, seen_by=["check_in"])
    registration = enter("wang", {food: "o1"})
    refused = [
        ({"kind": "short_text", "options": ()}, "kind"),
        ({"options": food.options[1:]}, "options"),
        ({"seen_by": ["check_in", "co_organiser"]}, "seen_by"),
        ({"keep_days": 10}, "keep_days"),
        ({"keep_days": None}, "keep_days"),
    ]
    for changes, field in refused:
        with pytest.raises(Invalid) as refusal:
            services.save_question(SYSTEM, event.id, _plan(food, **changes), food.id)
        assert refusal.value.field == field
    services.save_question(
        SYSTEM, event.id, _plan(food, options=food.options[:1], label=both("Meal"), keep_days=8, seen_by=()), food.id
    )
    with pytest.raises(Conflict):
        services.remove_question(SYSTEM, event.id, food.id)
    services.retire_question(SYSTEM, event.id, food.id)
    assert said(registration) == {"Meal": "o1"}
    assert queries.asked(event, queries.list_questions(event.id)) == []
    services.bring_back_question(SYSTEM, event.id, food.id)
    assert queries.asked(event, queries.list_questions(event.id)) == [food]
