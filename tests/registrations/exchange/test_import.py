"""Lists of people: read, looked at, and taken over at once or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation import clock, files
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid, NotFound, Stale
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import Translated
from eventhub.foundation.outbox import drain
from eventhub.messaging.models import Letter
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as registering
from eventhub.registrations.agreements import Details
from eventhub.registrations.exchange import columns, queries, services, tables
from eventhub.registrations.exchange.choices import Choices
from eventhub.registrations.exchange.desk import by_words
from eventhub.registrations.exchange.models import PeopleList
from eventhub.registrations.exchange.survey import Survey, survey
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.questions.models import Option
from eventhub.registrations.questions.queries import values_of
from eventhub.registrations.questions.services import QuestionPlan, save_question
from tests.conftest import Browser
from tests.filled import filled
from tests.queries import count_queries
from tests.registrations.exchange.conftest import ROOM, send, workbook

Make = Callable[..., Any]
HEAD = "Name,E-mail,Organisation\n"


def chosen(text: str, **choices: Any) -> tuple[tables.Table, Choices]:
    """A pasted list, and what is chosen for it."""
    table = tables.pasted(text)
    found, has_heading = columns.guess(table, choices.pop("questions", []))
    return table, Choices(**{"columns": found, "has_heading": has_heading, "pool": "in_person", **choices})


def look(event: Event, text: str, **choices: Any) -> Survey:
    """What a list would do."""
    return survey(event, *chosen(text, **choices))


def take_over(actor: Actor, event: Event, text: str, **choices: Any) -> Any:
    """Take a list over as it is."""
    table, what = chosen(text, **choices)
    kept = services.keep_list(actor, event.id, table, what)
    return services.carry_out(actor, kept.id, survey(event, table, what).fingerprint)


def standing(event: Event) -> list[tuple[str, str]]:
    """Everybody and how their place stands, in the order of the queue."""
    query = select(Registration).where(Registration.event_id == event.id)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return [(row.name, row.place.state) for row in sorted(rows, key=lambda row: row.place.number)]


PEOPLE = [
    ["姓名", "邮箱", "单位", "机构类型", "国家/地区"],
    ["龑 䶮 𠮷", "ＷＡＮＧ＠example.org", "爱德基金会", "国内社会组织", "中国"],
]
TEXT = "\n".join(";".join(row) for row in PEOPLE)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("gb18030"), TEXT.encode("utf-16"),
        TEXT.encode("utf-16-be"), TEXT.replace(";", ",").encode(), TEXT.replace(";", "\t").encode(), workbook(PEOPLE),
    ],
    ids=["utf-8", "bom", "gb18030", "utf-16", "no mark", "comma", "tab", "xlsx"],
)  # fmt: skip
def test_a_list_is_read_whatever_program_wrote_it(event: Event, data: bytes):
    if data == TEXT.encode("utf-16-be"):
        data = "Name;Mail\nAnna;wang@example.org".encode("utf-16-be")
        assert tables.read(data).rows == [(1, ["Name", "Mail"]), (2, ["Anna", "wang@example.org"])]
        return
    table = tables.read(data)
    found, has_heading = columns.guess(table, [])
    assert (found, has_heading) == (["name", "address", "organisation", "stakeholder_type", "country"], True)
    entry = survey(event, table, Choices(columns=found)).lines or survey(event, table, Choices(columns=found)).problems
    assert "龑 䶮 𠮷" in repr(table.rows)
    assert entry


def test_cells_of_a_workbook_are_as_somebody_would_have_typed_them():
    rows = tables.read(
        workbook([["Name", "N", "Day", "Hour"], ["A", 3.0, datetime(2027, 3, 10), datetime(2027, 3, 10, 9)]])
    )
    assert rows.rows[1][1] == ["A", "3", "2027-03-10", "2027-03-10 09:00"]


def test_without_headings_the_columns_tell_themselves(event: Event):
    found = look(event, "王芳,wang@example.org,Network\nAnna,anna@example.org,")
    assert [line.entry.name for line in found.lines] == ["王芳", "Anna"]
    assert found.lines[0].entry.organisation == "Network"


def test_names_in_two_columns_are_put_together_as_their_script_has_it(event: Event):
    found = look(event, "Family name,Given name\n王,芳\nBerg,Anna\n")
    assert [line.entry.name for line in found.lines] == ["王芳", "Anna Berg"]


def test_what_is_wrong_is_said_with_its_row(event: Event):
    text = (
        "Name,E-mail,Type of organisation,Country,Language\n"
        ",a@example.org,,,\n"
        f"{'n' * 201},b@example.org,,,\n"
        "Anna,no address,Guild,Atlantis,Klingon\n"
        "王芳,Wang <c@example.org>,国际非政府组织,瑞士,English\n"
    )
    found = look(event, text)
    said = {problem.line: problem.what for problem in found.problems if problem.line < 4}
    assert "name is missing" in said[2]
    assert "longer than 200" in said[3]
    assert len([problem for problem in found.problems if problem.line == 4]) == 4
    assert found.refused == 3
    assert not found.may_go_on
    assert look(event, text, leave_out=True).may_go_on
    entry = found.lines[0].entry
    assert (entry.address, entry.stakeholder_type, entry.country, entry.language) == (
        "c@example.org", "international_ngo", "CH", "en",
    )  # fmt: skip


def test_numbers_are_drawn_once_for_a_whole_list_behind_those_before(olga: Actor, event: Event):
    take_over(olga, event, HEAD + "first,first@example.org,\n")
    with count_queries() as asked:
        take_over(olga, event, HEAD + "".join(f"n{n},n{n}@example.org,\n" for n in range(20)))
    assert sum(one.startswith("UPDATE pools") for one in asked.statements) == 1
    take_over(olga, event, HEAD + "last,last@example.org,\n")
    assert [name for name, _ in standing(event)] == ["first", *(f"n{n}" for n in range(20)), "last"]
    assert len({place.number for place in db.session.scalars(select(Place))}) == 22


def test_places_go_out_in_the_order_of_the_list_and_nobody_who_waits_is_overtaken(event: Event, olga: Actor):
    for name in ("a", "b"):
        registering.register(SYSTEM, event.id, Details(name=name, address=f"{name}@example.org"), "in_person")
    done = take_over(olga, event, HEAD + "".join(f"n{n},n{n}@example.org,\n" for n in range(3)), is_told=False)
    assert (done.added, done.back, done.changed) == (3, 0, 0)
    assert standing(event) == [
        ("a", "confirmed"), ("b", "confirmed"), ("n0", "confirmed"), ("n1", "waitlisted"), ("n2", "waitlisted"),
    ]  # fmt: skip
    take_over(olga, event, "Name\nlate", is_pending=True)
    assert standing(event)[-1] == ("late", "pending")
    assert db.session.scalar(select(func.count(PeopleList.id))) == 0
    assert db.session.scalar(select(func.count(StoredFile.id))) == 0


def test_each_hears_by_letter_only_where_that_is_wanted_and_once(event: Event, olga: Actor):
    take_over(olga, event, HEAD + "Quiet,quiet@example.org,\n", is_told=False)
    take_over(olga, event, HEAD + "Told,told@example.org,\nNo address,,\nLater,later@example.org,\n", language="zh")
    drain()
    letters = db.session.scalars(select(Letter).order_by(Letter.address)).all()
    assert [(one.address, one.kind, one.language) for one in letters] == [
        ("later@example.org", "waitlisted", "zh"), ("told@example.org", "confirmed", "zh"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "name", "organisation", "counts"),
    [("keep", "Anna", "List", (0, 1)), ("overwrite", "Anna Berg", "List", (0, 1)), ("skip", "Anna", "", (1, 0))],
)
def test_who_is_registered_is_merged_by_the_rule(event: Event, olga: Actor, rule, name, organisation, counts):
    registering.register(SYSTEM, event.id, Details(name="Anna", address="anna@example.org"), "in_person")
    text = HEAD + "Anna Berg,ＡＮＮＡ@example.org,List\nNew,new@example.org,\nNew,new@example.org,Second\n"
    found = look(event, text, duplicates=rule)
    assert (found.count("leave"), found.count("merge"), found.merged) == (*counts, counts[1] + 1)
    take_over(olga, event, text, duplicates=rule)
    row = registrations.find_registration(event.id, "anna@example.org")
    new = registrations.find_registration(event.id, "new@example.org")
    assert row
    assert new
    assert (row.name, row.organisation) == (name, organisation)
    assert new.organisation == ("" if rule == "skip" else "Second")


def test_who_gave_up_comes_back_only_where_that_is_wanted(event: Event, olga: Actor):
    registering.register(SYSTEM, event.id, Details(name="Anna", address="anna@example.org"), "online")
    row = registrations.find_registration(event.id, "anna@example.org")
    assert row
    registering.cancel_registration(SYSTEM, row.id)
    text = HEAD + "Anna,anna@example.org,Network\nNew,,\n"
    assert "stays out" in look(event, text).notices[0].what
    done = take_over(olga, event, text, take_back=True)
    assert (done.added, done.back) == (1, 1)
    assert standing(event) == [("New", "confirmed"), ("Anna", "confirmed")]
    drain()
    assert [one.kind for one in db.session.scalars(select(Letter).order_by(Letter.created_at))][-1] == "confirmed"


def test_who_without_an_address_is_the_same_is_asked(event: Event, olga: Actor):
    take_over(olga, event, "Name,Organisation\n王芳,爱德\n")
    text = "Name,Organisation\n王 芳,爱德\n王芳,爱德\n"
    found = look(event, text)
    assert found.is_asked
    assert not found.may_go_on
    assert [entry.line for entry, _ in found.namesakes] == [3]
    assert look(event, text, namesakes="new").count("new") == 2
    assert look(event, text, namesakes="same").count("new") == 1
    assert look(event, text, namesakes="ticked", ticked=[3]).count("new") == 1
    assert look(event, text, namesakes="ticked", ticked=[2]).count("new") == 2


def test_what_is_wrong_with_many_rows_is_said_once_with_what_would_be_right(event: Event):
    text = "Name;E-mail;Type\n" + "".join(f"P{number};p{number}@example.org;club\n" for number in range(3)) + "Q;no;\n"
    told = by_words(look(event, text).problems)
    assert [lines for _, lines in told] == [[2, 3, 4], [5]]
    assert "We know these: Government · National NGO" in told[0][0]


def test_answers_come_by_column_and_what_is_full_is_a_problem(event: Event, olga: Actor):
    def ask(kind: str, label: str, *options: Option) -> Any:
        plan = QuestionPlan(kind=kind, label=Translated.of(en=label, zh=f"{label}？"), options=options)
        return save_question(SYSTEM, event.id, plan)

    meal = ask("choice_one", "Meal", *(Option("", Translated.of(en=one, zh=zh), most) for one, zh, most in
                                       (("Rice", "米饭", None), ("Noodles", "面条", 1))))  # fmt: skip
    tours = ask("choice_many", "Tours", *(Option("", Translated.of(en=one), None) for one in ("Wall, great", "Palace")))
    first, night, nights = ask("country", "Born in"), ask("yes_no", "Hotel"), ask("number", "Nights")
    ask("consent", "I agree")
    questions = [meal, tours, first, night, nights]
    text = (
        "Name;Meal;Tours？;Born in;Hotel;Nights;I agree\n"
        "A;Noodles;Wall, great;瑞士;是;３;yes\nB;rice;Palace、Wall, great;CH;no;;\nC;面条;;;;;\nD;;Moon;;maybe;many;\n"
        "E;;Palace, Palace;;;;\n"
    )
    found = look(event, text, questions=questions)
    assert [(problem.line, problem.what.split(":")[0]) for problem in found.problems] == [
        (4, "“Noodles” is full. Please choose something else."), (5, "Tours"), (5, "Hotel"), (5, "Nights"),
    ]  # fmt: skip
    assert found.problems[1].what == "Tours: “Moon” is none of these: Wall, great · Palace."
    take_over(olga, event, text, questions=questions, leave_out=True, pool="online")
    rows = {row.name: values_of(row.id) for row in db.session.scalars(select(Registration))}
    keys = {text: key for key, text in ((one.key, one.text.in_("en")) for one in (*meal.options, *tours.options))}
    assert rows["A"] == {
        meal.id: keys["Noodles"], tours.id: [keys["Wall, great"]], first.id: "CH", night.id: "yes", nights.id: "3",
    }  # fmt: skip
    assert rows["B"][tours.id] == [keys["Wall, great"], keys["Palace"]]
    assert set(rows) == {"A", "B", "E"}
    keeping = "Name;Meal;Nights\nA;Rice;4\nB;Rice;1\n"
    for rule, expected in (("keep", ["3", "1"]), ("overwrite", ["4", "1"])):
        take_over(olga, event, keeping, questions=questions, duplicates=rule, namesakes="same")
        said = {row.name: values_of(row.id) for row in db.session.scalars(select(Registration))}
        assert [said["A"][nights.id], said["B"][nights.id]] == expected


def test_nothing_is_written_where_anything_goes_wrong(event: Event, olga: Actor, monkeypatch: pytest.MonkeyPatch):
    table, what = chosen(HEAD + "A,a@example.org,\nB,b@example.org,\n")
    kept = services.keep_list(olga, event.id, table, what)
    seen = survey(event, table, what).fingerprint
    with pytest.raises(Stale):
        services.carry_out(olga, kept.id, "something else")
    registering.register(SYSTEM, event.id, Details(name="B", address="b@example.org"), "in_person")
    with pytest.raises(Stale):
        services.carry_out(olga, kept.id, seen)

    def fail(*_: Any) -> None:
        raise Invalid("question", "no")

    monkeypatch.setattr("eventhub.registrations.exchange.services.replies.keep_all", fail)
    with pytest.raises(Invalid):
        services.carry_out(olga, kept.id, survey(event, table, what).fingerprint)
    assert [name for name, _ in standing(event)] == ["B"]
    assert queries.get_list(olga, kept.id)


def test_a_list_is_its_senders_alone_and_for_a_day(
    event: Event, olga: Actor, organiser: Browser, make_member: Make, sign_in: Make, monkeypatch: pytest.MonkeyPatch
):
    address = send(organiser, HEAD + "A,a@example.org,\n")
    colleague = sign_in(make_member("organiser", event.organisation))
    assert organiser.get(address).status_code == 200
    assert colleague.get(address).status_code == 404
    assert address in organiser.get(f"{ROOM}import/").text
    assert address not in colleague.get(f"{ROOM}import/").text
    kept = db.session.scalars(select(PeopleList)).one()
    path = files.path_of(queries.file_of(kept))
    assert path.stat().st_mode & 0o777 == 0o600
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=24))
    assert organiser.get(address).status_code == 404
    with pytest.raises(NotFound):
        services.carry_out(olga, kept.id, "")


def test_an_organiser_takes_a_list_over_in_the_browser(event: Event, organiser: Browser):
    address = send(organiser, "Whoever,E-mail,Guild\nAnna,anna@example.org,Network\n\n=cmd|' /C calc'!A0,,\n")
    page = organiser.get(address).text
    assert "which column holds the name" in page
    fields = {
        "column_0": "name", "column_1": "address", "column_2": "", "has_heading": "y", "pool": "in_person",
        "state": "confirmed", "duplicates": "keep", "language": "zh", "is_told": "y", "act": "look",
    }  # fmt: skip
    twice = organiser.submit(address, {**fields, "column_2": "name"})
    assert (twice.status_code, "Another column is this already." in twice.text) == (422, True)
    assert organiser.submit(address, fields).status_code == 303
    page = organiser.get(address).text
    assert "Anna" in page
    other = organiser.submit(address, {**fields, "column_2": "organisation", "act": "import"}, form_at=address)
    assert other.status_code == 303
    assert standing(event) == []
    page = organiser.get(address).text
    assert "This is what it comes to now." in page
    found = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert found
    fields |= {"column_2": "organisation", "act": "import"}
    assert organiser.submit(address, {**fields, "seen": "x"}).status_code == 409
    answer = organiser.submit(address, {**fields, "seen": found[1]})
    assert answer.status_code == 303
    assert standing(event) == [("Anna", "confirmed"), ("=cmd|' /C calc'!A0", "confirmed")]
    page = organiser.get(answer.location).text
    assert "2 people are registered. Their letters are on their way." in page
    facts = db.session.scalars(select(AuditEntry.fact).where(AuditEntry.event_id == event.id)).all()
    assert {"ListKept", "PeopleImported"} <= set(facts)
    assert "Anna" not in repr(db.session.scalars(select(AuditEntry.data)).all())


def test_a_title_above_the_headings_is_nobody(event: Event, organiser: Browser):
    rows = [["Participants, draft"], [], ["Name", "E-mail", "Type"], ["Anna", "anna@example.org", "INGO"]]
    address = send(organiser, workbook(rows), "people.xlsx")
    page = organiser.get(address).text
    assert "Row 3 names the columns. What stands above it is left out." in page
    assert filled(page)["column_1"] == ["address"]
    kept = db.session.scalars(select(PeopleList)).one()
    [line] = survey(event, queries.table_of(kept), queries.choices_of(kept)).lines
    assert (line.entry.line, line.entry.name, line.entry.stakeholder_type) == (4, "Anna", "international_ngo")


@pytest.mark.parametrize(
    "text",
    ["Anna,anna@example.org\nName,E-mail", "Anna\nBerg", "Anna,Network\nPerson,Other", "Name,E-mail\nContact,Mail"],
)
def test_what_names_no_columns_is_no_title(text: str):
    table = tables.pasted(text)
    assert columns.without_title(table, []) == table


def test_whoever_finds_no_place_is_told_before_and_after(event: Event, organiser: Browser):
    address = send(organiser, HEAD + "".join(f"P{number},p{number}@example.org,\n" for number in range(5)))
    page = organiser.get(address).text
    assert "3 places are free there. At least 2 of the new people go to the waitlist." in page
    answer = organiser.submit(address, {**filled(page), "act": "import"}, form_at=address)
    assert "5 people are registered, 2 of them are on the waitlist. Their" in organiser.get(answer.location).text
    assert [state for _, state in standing(event)] == ["confirmed"] * 3 + ["waitlisted"] * 2
    address = send(organiser, HEAD + "Late,late@example.org,\n")
    page = organiser.get(address).text
    assert "No place is free there. At least one of the new people goes to the waitlist." in page
    form = {**filled(page), "state": "pending", "act": "look"}
    organiser.submit(address, form, form_at=address)
    page = organiser.get(address).text
    assert "waitlist." not in page.partition("<form")[0]
    answer = organiser.submit(address, {**filled(page), "act": "import"}, form_at=address)
    assert "One person waits for approval. Their letters are on their way." in organiser.get(answer.location).text


def test_rows_may_be_pasted_and_a_list_deleted(event: Event, organiser: Browser):
    assert organiser.submit(f"{ROOM}import/").status_code == 422
    answer = organiser.submit(f"{ROOM}import/", {"pasted": "王芳\twang@example.org"})
    dropped = organiser.submit(f"{answer.location}drop/", form_at=answer.location)
    assert dropped.status_code == 303
    assert organiser.get(answer.location).status_code == 404


def test_a_list_says_nothing_of_anybodys_clock_and_takes_none_away(event: Event, olga: Actor):
    registering.register(
        SYSTEM, event.id, Details(name="Back", address="back@example.org", zone="Asia/Kathmandu"), "in_person"
    )
    back = registrations.find_registration(event.id, "back@example.org")
    registering.cancel_registration(SYSTEM, back.id)
    take_over(olga, event, f"{HEAD}Back,back@example.org,Net\nNew,new@example.org,Net\n")
    rows = db.session.execute(select(Registration.name, Registration.zone).order_by(Registration.name))
    assert rows.all() == [("Back", "Asia/Kathmandu"), ("New", None)]
