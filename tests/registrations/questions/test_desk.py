"""The builder, the preview, kept forms, and answers on the organisers' pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from eventhub.foundation.i18n import Translated
from eventhub.registrations.questions import queries, services, templates
from eventhub.registrations.questions.models import FormTemplate, Option, Question
from eventhub.registrations.questions.services import QuestionPlan
from tests.conftest import Browser, on_sqlite
from tests.filled import begins_at, filled
from tests.queries import count_queries
from tests.registrations.questions.conftest import both

pytestmark = on_sqlite

Make = Callable[..., Any]
ROOM = "/en/organise/events/roundtable/registrations/"
FORM = f"{ROOM}form/"


@pytest.fixture
def organiser(event: Event, make_member: Make, sign_in: Make) -> Browser:
    browser: Browser = sign_in(make_member("organiser", event.organisation))
    return browser


def labels(event: Event) -> list[str]:
    """The English questions in their order, those in brackets that are retired."""
    db.session.expire_all()
    return [
        f"({one.label.in_('en')})" if one.retired_at else str(one.label.in_("en"))
        for one in queries.list_questions(event.id)
    ]


def only(event: Event) -> Question:
    db.session.expire_all()
    (one,) = queries.list_questions(event.id)
    return one


def test_a_question_is_made_and_changed_with_all_that_can_be_said_of_it(event: Event, organiser: Browser, ask: Make):
    assert "Nothing else is asked yet." in organiser.get(FORM).text
    hotel = ask("yes_no", "Hotel?")
    new = f"{FORM}new/?kind=choice_one"
    form = filled(organiser.get(new).text)
    empty = organiser.post(new, data=form)
    assert (empty.status_code, "Please write the question." in empty.text) == (422, True)
    form |= {"label_en": "Which night?", "label_zh": "哪一晚？", "help_en": "One only", "is_required": "y"}
    none = organiser.post(new, data=form)
    assert (none.status_code, "Write at least one option." in none.text) == (422, True)
    assert begins_at(none.text) == ["notice attention"]
    more = organiser.post(new, data={**form, "options-0-text_en": "Monday", "add_row": "options"})
    assert begins_at(more.text) == ["options-3-text_en"], "not its key, which is hidden"
    form |= {"options-0-text_en": "Monday", "options-0-text_zh": "星期一", "options-0-most": "2"}
    form |= {"options-2-text_zh": "星期二", "condition": f"{hotel.id}:yes", "seen_by": ["check_in"], "keep_days": "9"}
    assert organiser.post(new, data=form).status_code == 303
    night = queries.list_questions(event.id)[1]
    assert (night.kind, night.label.in_("zh"), night.is_required, night.keep_days) == (
        "choice_one",
        "哪一晚？",
        True,
        9,
    )
    assert [(one.key, one.text.in_("zh"), one.most) for one in night.options] == [
        ("o1", "星期一", 2),
        ("o2", "星期二", None),
    ]
    assert (night.condition_id, night.condition_values, night.seen_by) == (hotel.id, ["yes"], ["check_in"])
    page = organiser.get(FORM).text
    assert "Only if the answer to “Hotel?” is “Yes”." in page
    address = f"{FORM}{night.id}/"
    form = filled(organiser.get(address).text)
    assert (form["options-1-key"], form["condition"]) == (["o2"], [f"{hotel.id}:yes"])
    changed = {**form, "options-0-remove": "y", "options-1-is_retired": "y", "is_required": []}
    refused = organiser.post(address, data=changed)
    assert (refused.status_code, "Write at least one option." in refused.text) == (422, True)
    assert organiser.post(address, data={**form, "options-0-remove": "y"}).status_code == 303
    db.session.expire_all()
    assert [one.key for one in night.options] == ["o2"]
    late = organiser.post(address, data={**form, "label_en": "Late"})
    assert late.status_code == 409
    assert "Which night?" in labels(event)


def test_an_option_is_never_given_a_key_that_meant_something_else(event: Event, ask: Make):
    food = ask("choice_one", "Food", "Fish", "Rice")
    plan = QuestionPlan("choice_one", both("Food"), options=[food.options[1], Option("", both("Tofu"))])
    services.save_question(SYSTEM, event.id, plan, food.id)
    assert [(one.key, one.text.in_("en")) for one in food.options] == [("o2", "Rice"), ("o3", "Tofu")]
    with pytest.raises(Invalid):
        services.save_question(
            SYSTEM, event.id, QuestionPlan("choice_one", both("Food"), options=[Option("o9", both("?"))]), food.id
        )


def test_options_are_moved_by_the_number_of_their_place(event: Event, organiser: Browser, ask: Make):
    food = ask("choice_one", "Food", "Fish", "Rice", "Tofu", "Soup")
    address = f"{FORM}{food.id}/"

    def move(**places: str) -> list[str]:
        form = filled(organiser.get(address).text)
        for row, place in places.items():
            form[f"options-{row[1:]}-place"] = place
        assert organiser.post(address, data=form).status_code == 303
        return [str(one.text.in_("en")) for one in only(event).options]

    assert move() == ["Fish", "Rice", "Tofu", "Soup"]
    assert move(r3="1") == ["Soup", "Fish", "Rice", "Tofu"]
    assert move(r0="3") == ["Fish", "Rice", "Soup", "Tofu"]
    assert move(r0="", r1="30") == ["Fish", "Soup", "Tofu", "Rice"]
    assert [one.key for one in only(event).options] == ["o1", "o4", "o3", "o2"], "what was answered stays what it was"
    form = filled(organiser.get(address).text) | {"options-0-place": "0"}
    refused = organiser.post(address, data=form)
    assert (refused.status_code, "A place is a number from 1 to" in refused.text) == (422, True)
    assert "To move an option" in refused.text


def test_a_translator_writes_the_other_language_and_nothing_else(
    event: Event, ask: Make, make_member: Make, sign_in: Make, client: Browser
):
    food = ask("choice_one", "Food", "Fish", "Rice")
    plan = QuestionPlan.of(food)
    english = [Option(one.key, Translated.of(en=str(one.text.in_("en")))) for one in plan.options]
    plan = replace(plan, label=Translated.of(en="Food"), help=Translated.of(en="One only"), options=english)
    services.save_question(SYSTEM, event.id, plan, food.id)
    translator: Browser = sign_in(make_member("translator", event.organisation))
    texts, address = f"{FORM}texts/", f"{FORM}{food.id}/texts/"
    assert translator.get(f"{FORM}{food.id}/").status_code == 403
    assert texts in translator.get("/en/organise/events/roundtable/").text
    assert "Not yet translated" in translator.get(texts).text
    form = filled(translator.get(address).text, **{"label": "<b>餐食</b>", "help": "只选一项", "options-0-text": "鱼"})
    assert translator.post(address, data={**form, "options-1-text": "米" * 301}).status_code == 422
    form |= {"options-1-text": "米饭", "is_required": "y", "label_en": "Other", "options-1-key": "o2"}
    assert translator.post(address, data=form).status_code == 303
    now = only(event)
    assert (now.label.texts, now.help.texts) == (
        {"en": "Food", "zh": "<b>餐食</b>"},
        {"en": "One only", "zh": "只选一项"},
    )
    assert [one.text.texts["zh"] for one in now.options] == ["鱼", "米饭"]
    assert (now.is_required, [one.key for one in now.options]) == (False, ["o1", "o2"])
    assert "Not yet translated" not in translator.get(texts).text
    assert translator.post(address, data={**form, "label": "吃"}).status_code == 409
    for other in (make_member("viewer", event.organisation), make_member("translator")):
        assert sign_in(other).get(address).status_code in {403, 404}
        with pytest.raises((Forbidden, NotFound)):
            services.translate_question(other, event.id, food.id, services.Words("zh", "?"))
    with pytest.raises(NotFound):
        services.translate_question(SYSTEM, event.id, uuid4(), services.Words("zh", "?"))
    services.translate_question(SYSTEM, event.id, food.id, services.Words("en", "Changed"))
    assert only(event).label.texts["en"] == "Food", "what it was written in is the organisers'"


def test_questions_are_moved_retired_brought_back_and_removed(event: Event, organiser: Browser, ask: Make, enter: Make):
    one, two = ask("yes_no", "one"), ask("short_text", "two")
    three = ask("short_text", "three", on=(one, "yes"))

    def act(question: Question, deed: str) -> str:
        assert organiser.submit(f"{FORM}{question.id}/{deed}/", form_at=FORM).status_code == 303
        return str(organiser.get(FORM).text)

    act(two, "up")
    assert labels(event) == ["two", "one", "three"]
    act(two, "up")
    assert labels(event) == ["two", "one", "three"]
    assert "comes after it" in act(three, "up")
    assert "comes after it" in act(one, "down")
    assert "Another question depends on this one." in act(one, "remove")
    assert "Another question depends on this one." in act(one, "retire")
    enter("wang", {two: "x", one: "no"})
    assert "can only be retired" in act(two, "remove")
    assert "Not asked any more" in act(two, "retire")
    assert labels(event) == ["(two)", "one", "three"]
    act(three, "remove")
    act(one, "retire")
    act(two, "bring_back")
    assert labels(event) == ["(one)", "two"]


def test_a_condition_can_only_be_an_earlier_answer_and_gives_no_secret_away(event: Event, ask: Make):
    diet = ask("yes_no", "Needs?", is_sensitive=True, keep_days=5)
    text = ask("short_text", "Text")
    wrong: list[dict[str, Any]] = [
        {"on": (text, "x")},
        {"on": (diet, "maybe")},
        {"on": (diet, "yes")},
        {"on": (diet, "yes"), "is_sensitive": True, "keep_days": 5, "seen_by": ["check_in"]},
    ]
    for plan in wrong:
        with pytest.raises(Invalid) as refusal:
            ask("short_text", "Which?", **plan)
        assert refusal.value.field == "condition"
    ask("short_text", "Which?", on=(diet, "yes"), is_sensitive=True, keep_days=5)
    plan = QuestionPlan("yes_no", both("Needs?"), condition_id=diet.id, condition_values=["yes"])
    with pytest.raises(Invalid):
        services.save_question(SYSTEM, event.id, plan, diet.id)


@pytest.mark.parametrize(
    ("kind", "options", "more", "field"),
    [
        ("riddle", (), {}, "kind"),
        ("short_text", ("x",), {}, "options"),
        ("choice_one", (), {}, "options"),
        ("choice_one", (("x", -1),), {}, "options"),
        ("choice_one", (("x", 3),), {"is_sensitive": True, "keep_days": 3}, "options"),
        ("short_text", (), {"is_sensitive": True}, "keep_days"),
        ("short_text", (), {"keep_days": 0}, "keep_days"),
        ("short_text", (), {"seen_by": ["press"]}, "seen_by"),
        ("file", (), {"is_sensitive": True, "keep_days": 3}, "is_sensitive"),
        ("consent", (), {"is_sensitive": True, "keep_days": 3}, "is_sensitive"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Make, kind: str, options: Any, more: Any, field: str):
    with pytest.raises(Invalid) as refusal:
        ask(kind, "Question", *options, **more)
    assert refusal.value.field == field


def test_there_are_not_more_questions_than_anybody_would_answer(ask: Make):
    for _ in range(3):
        ask("file")
    with pytest.raises(Conflict):
        ask("file")


def test_the_preview_shows_the_form_in_either_language_and_sends_nothing(event: Event, organiser: Browser, ask: Make):
    ask("consent", "Photographs")
    english, chinese = (
        organiser.get(f"{FORM}preview/").text,
        organiser.get(f"{FORM}preview/".replace("en", "zh", 1)).text,
    )
    assert "Photographs" in english
    assert "Photographs（中文）" in chinese
    assert 'method="post"' not in english.split('<form class="form"')[1].split("</form>")[0]
    assert not re.search(r'<input checked[^>]*type="checkbox"', english)


def test_a_form_is_kept_and_taken_into_another_event(event: Event, organiser: Browser, ask: Make, make_event: Make):
    hotel = ask("choice_one", "Hotel", ("Yes", 5), "No")
    ask("short_text", "Why", on=(hotel, "o2"), is_sensitive=False, keep_days=4, seen_by=["check_in"])
    gone = ask("short_text", "Gone")
    services.retire_question(SYSTEM, event.id, gone.id)
    page = organiser.submit(f"{FORM}templates/save/", {"name": ""}, form_at=FORM)
    assert (page.status_code, "Please name the form." in page.text) == (422, True)
    assert organiser.submit(f"{FORM}templates/save/", {"name": "Usual"}, form_at=FORM).status_code == 303
    assert organiser.submit(f"{FORM}templates/save/", {"name": "Usual"}, form_at=FORM).status_code == 303
    (kept,) = db.session.scalars(db.select(FormTemplate))
    make_event("Next", slug="next-one", organisation=event.organisation)
    there = FORM.replace("roundtable", "next-one")
    assert "Usual (questions: 2)" in organiser.get(there).text
    taken = organiser.submit(f"{there}templates/take/", {"template": str(kept.id)}, form_at=there)
    assert "2 questions are added." in organiser.get(taken.location).text
    other = db.session.scalar(db.select(Event).where(Event.slug == "next-one"))
    assert other
    first, second = queries.list_questions(other.id)
    assert [(one.key, one.most) for one in first.options] == [("o1", 5), ("o2", None)]
    assert (second.condition_id, second.condition_values, second.keep_days, second.seen_by) == (
        first.id, ["o2"], 4, ["check_in"],
    )  # fmt: skip
    foreign = make_event("Foreign", slug="foreign")
    with pytest.raises(NotFound):
        templates.take_template(SYSTEM, foreign.id, kept.id)
    organiser.submit(f"{there}templates/remove/", {"template": str(kept.id)}, form_at=there)
    assert db.session.scalars(db.select(FormTemplate)).all() == []
    assert organiser.submit(f"{there}templates/take/", {"template": "x"}, form_at=there).status_code == 404


def test_a_copy_of_an_event_asks_the_same_where_that_is_wanted(event: Event, ask: Make):
    hotel = ask("yes_no", "Hotel")
    ask("short_text", "Which", on=(hotel, "yes"))
    copy = events.copy_event(SYSTEM, event.id, ["form"])
    first, second = queries.list_questions(copy.id)
    assert (first.label.in_("en"), second.condition_id) == ("Hotel", first.id)
    assert queries.list_questions(events.copy_event(SYSTEM, event.id, ["pools"]).id) == []


def test_answers_stand_on_the_registration_and_in_the_list(
    event: Event, organiser: Browser, ask: Make, enter: Make, make_member: Make, sign_in: Make
):
    own, door = ask("short_text", "Own question"), ask("phone", "Phone on the day", seen_by=["check_in"])
    old = ask("choice_one", "Old question", "Fish", "Rice")
    registration = enter("wang", {own: "answer one", door: "＋８６ １０１２３４", old: "o2"})
    services.retire_question(SYSTEM, event.id, old.id)
    address = f"{ROOM}{registration.id}/"
    page = organiser.get(address).text
    assert all(text in page for text in ("answer one", "＋８６ １０１２３４", "Old question", "Rice"))
    form = filled(page)
    assert organiser.post(address, data={**form, own.field_name: "answer two"}).status_code == 303
    stale = organiser.post(address, data={**form, own.field_name: "answer three", "name": "Other"})
    assert (stale.status_code, "answer two" in stale.text, "answer three" in stale.text) == (409, True, True)
    head, row = organiser.submit(f"{ROOM}export/csv/", form_at=ROOM).text.removeprefix("\ufeff").splitlines()
    assert head.endswith("Own question,Phone on the day,Old question")
    assert row.endswith("answer two,'+86 101234,Rice")
    receiver: Browser = sign_in(make_member("check_in", event.organisation))
    listed = receiver.get(ROOM).text
    assert f"{registration.id}/answers/" in listed
    told = receiver.get(f"{ROOM}{registration.id}/answers/").text
    assert ("+86 101234" in told, "answer two" in told, "Old question" in told) == (True, False, False)
    for role in ("viewer", "translator"):
        assert (
            sign_in(make_member(role, event.organisation)).get(f"{ROOM}{registration.id}/answers/").status_code == 403
        )
    for address in (FORM, f"{FORM}new/?kind=date", f"{FORM}{own.id}/", f"{FORM}preview/"):
        assert receiver.get(address).status_code == 403
    assert organiser.get(f"{FORM}new/?kind=riddle").status_code == 404


def test_a_question_of_another_event_is_not_there(organiser: Browser, ask: Make, make_event: Make):
    other = make_event("Other", slug="other")
    question = services.save_question(SYSTEM, other.id, QuestionPlan("short_text", both("Theirs")))
    assert organiser.get(f"{FORM}{question.id}/").status_code == 404
    assert organiser.submit(f"{FORM}{question.id}/retire/", form_at=ROOM).status_code == 404
    db.session.refresh(question)
    assert question.retired_at is None


def test_the_builder_asks_as_much_for_three_questions_as_for_one(organiser: Browser, ask: Make, enter: Make):
    counts = []
    asked = [ask("choice_one", "Q0", ("a", 9), "b")]
    registration = enter("wang", {asked[0]: "o1"})
    for _ in range(2):
        pages = []
        for address in (FORM, f"{FORM}preview/", f"{ROOM}{registration.id}/", f"{FORM}{asked[0].id}/"):
            organiser.get(address)
            with count_queries() as found:
                assert organiser.get(address).status_code == 200
            pages.append(len(found))
        counts.append(pages)
        asked += [ask("choice_one", f"Q{number}", ("a", 9), "b") for number in (1, 2)]
    assert counts[0] == counts[1]


def test_no_label_of_a_question_carries_code(organiser: Browser, ask: Make):
    ask("short_text", "<script>alert(1)</script>", is_required=True)
    ask("choice_many", "{{7*7}}", "<img src=x onerror=alert(1)>")
    page = organiser.get(f"{FORM}preview/").text + organiser.get(FORM).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert re.search(r"\{\{7\*7\}\}", page)


def test_the_overview_tells_of_a_question_that_some_will_not_read_in_their_language(
    event: Event, organiser: Browser, ask: Make
):
    ask("short_text", "In both")
    overview = "/en/organise/events/roundtable/"
    link = f'<a href="{FORM}">One text is missing in Chinese</a>'
    assert link not in organiser.get(overview).text
    question = services.save_question(SYSTEM, event.id, QuestionPlan("short_text", Translated.of(en="English only")))
    assert link in organiser.get(overview).text
    services.remove_question(SYSTEM, event.id, question.id)
    assert link not in organiser.get(overview).text
