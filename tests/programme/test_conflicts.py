"""Conflicts of a programme: what is one and what is none, in words, and which of them are let be."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.events.services import Partners
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.people.models import Person
from eventhub.programme import conflict_kinds, sign_up_counts
from eventhub.programme.conflict_kinds import Conflict
from eventhub.programme.conflict_queries import read_draft
from eventhub.programme.conflicts import find
from eventhub.programme.models import AcceptedConflict, Programme, Speaker
from eventhub.programme.settings import Settings
from eventhub.programme.stretches import Stretch
from tests.conftest import both, organisation_of
from tests.queries import count_queries

from .conftest import HOUR, NINE

TEN, NOON, SIX = NINE.replace(hour=10), NINE.replace(hour=12), NINE.replace(hour=18)
MIDNIGHT = NINE.replace(hour=0)
REMOTE, NURSE = {"mode": "remote"}, both("A nurse", "一位护士")


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    own = organisation_of(organiser)
    return make_event(both("Workshop", "研讨会"), organisation=own, starts=NINE, ends=SIX, zone="Asia/Shanghai")


def kinds_of(event: Event, *args: Any, **options: Any) -> list[str]:
    return [conflict.kind for conflict in find(event, *args, **options)]


# --- each kind in words ------------------------------------------------------------------------------------


def room_twice(event, wang, make_room, hold, save):
    room = make_room(event)
    hold(event, NINE, room_id=room.id)
    hold(event, NINE + HOUR / 2, room_id=room.id, kind="blocker")
    return (
        "Hall holds two sessions at once on Wed 10 Mar, 09:30–10:00: “Talk 1” and “Talk 2”.",
        "大厅：3月10日 周三 09:30–10:00 同时安排了“报告1”与“报告2”两场。",
    )


def account_twice(event, wang, make_room, hold, save):
    hold(event, NINE, room_id=make_room(event, "A", meeting_account="Zoom 1").id)
    hold(event, NINE + HOUR / 2, room_id=make_room(event, "B", meeting_account="zoom 1 ").id)
    return (
        "“Talk 1” and “Talk 2” use the meeting account Zoom 1 at once on Wed 10 Mar, 09:30–10:00.",
        "“报告1”与“报告2”在 3月10日 周三 09:30–10:00 同时使用会议账户“Zoom 1”。",
    )


def person_twice(event, wang, make_room, hold, save):
    hold(event, NINE, (wang, {"role": "rapporteur"}))
    hold(event, NINE + HOUR / 2, (wang, {"role": "interpreter", "mode": "remote", "state": "confirmed"}))
    return (
        "Fang Wang is in two sessions at once on Wed 10 Mar, 09:30–10:00: “Talk 1” and “Talk 2”.",
        "王芳：3月10日 周三 09:30–10:00 需同时参加“报告1”与“报告2”两场。",
    )


def room_change(event, wang, make_room, hold, save):
    hold(event, NINE, (wang, {}), room_id=make_room(event).id)
    hold(event, TEN + timedelta(minutes=3), (wang, {}), room_id=make_room(event, "Cellar", "地下室").id)
    return (
        (
            "Fang Wang has only 3 min to get from “Talk 1” (Hall) to “Talk 2” (Cellar), which begins on Wed 10 "
            "Mar, 10:03; changing rooms takes 5 min."
        ),
        "王芳：从“报告1”（大厅）赶往“报告2”（地下室，3月10日 周三 10:03 开始）只有 3 分钟，而更换会议室需要 5 分钟。",
    )


def room_change_at_once(event, wang, make_room, hold, save):
    hold(event, NINE, (wang, {}), room_id=make_room(event).id)
    hold(event, TEN, (wang, {}), room_id=make_room(event, "Cellar", "地下室").id)
    return (
        (
            "Fang Wang has no time to get from “Talk 1” (Hall) to “Talk 2” (Cellar), which begins on Wed 10 Mar, "
            "10:00; changing rooms takes 5 min."
        ),
        "王芳：从“报告1”（大厅）到“报告2”（地下室，3月10日 周三 10:00 开始）之间没有间隔，而更换会议室需要 5 分钟。",
    )


def connection_test(event, wang, make_room, hold, save):
    room = make_room(event)
    hold(event, NINE, room_id=room.id)
    hold(event, TEN + timedelta(minutes=14), (wang, REMOTE), (NURSE, REMOTE), room_id=room.id)
    return (
        (
            "There are only 14 min to test the connection to Fang Wang and A nurse in Hall between “Talk 1” and "
            "“Talk 2”, which begins on Wed 10 Mar, 10:14; a test takes 15 min."
        ),
        (
            "大厅：“报告1”与“报告2”（3月10日 周三 10:14 开始）之间只有 14 分钟，"
            "而测试远程连接（王芳、一位护士）需要 15 分钟。"
        ),
    )


def connection_test_at_once(event, wang, make_room, hold, save):
    room = make_room(event)
    hold(event, NINE, room_id=room.id, kind="blocker")
    hold(event, TEN, (wang, REMOTE), room_id=room.id)
    return (
        (
            "There is no time to test the connection to Fang Wang in Hall between “Talk 1” and “Talk 2”, which "
            "begins on Wed 10 Mar, 10:00; a test takes 15 min."
        ),
        "大厅：“报告1”与“报告2”（3月10日 周三 10:00 开始）之间没有间隔，而测试远程连接（王芳）需要 15 分钟。",
    )


def room_unavailable(event, wang, make_room, hold, save):
    room = make_room(event, availability=["2027-03-10T09:30/2027-03-10T10:00", "2027-03-10T10:00/2027-03-10T10:45"])
    hold(event, NINE, room_id=room.id, ends=NINE + 2 * HOUR)
    return (
        "Hall cannot be used on Wed 10 Mar, 09:00–09:30 and 10:45–11:00, when “Talk 1” is in it.",
        "大厅：3月10日 周三 09:00–09:30、10:45–11:00 不可使用，但安排了“报告1”。",
    )


def person_unavailable(event, wang, make_room, hold, save):
    availability = ["2027-03-10T02:30/2027-03-10T12:00"]
    save(Speaker(event_id=event.id, person_id=wang.id, zone="Europe/Zurich", availability=availability))
    hold(event, NINE, (wang, {}))
    return (
        "Fang Wang is not available on Wed 10 Mar, 02:00–02:30 (Geneva time), during “Talk 1”.",
        "王芳：3月10日 周三 02:00–02:30（日内瓦时间）无法参加，但安排了“报告1”。",
    )


def outside_hours(event, wang, make_room, hold, save):
    hold(event, SIX - HOUR / 2)
    return (
        "“Talk 1” is outside the hours of the event: Wed 10 Mar, 18:00–18:30.",
        "“报告1”超出活动的起止时间：3月10日 周三 18:00–18:30。",
    )


def night(event, wang, make_room, hold, save):
    save(Speaker(event_id=event.id, person_id=wang.id, zone="America/New_York"))
    hold(event, NOON - HOUR / 2, (wang, REMOTE))
    return (
        (
            "Fang Wang takes part remotely in “Talk 1”, which is at night where they are: Tue 9 Mar, 22:30–23:30 "
            "(New York time)."
        ),
        "王芳：将远程参加“报告1”，当地时间为 3月9日 周二 22:30–23:30（纽约时间），正值夜间。",
    )


def night_of_somebody_unknown(event, wang, make_room, hold, save):
    events.change_event(SYSTEM, event.id, header_of(event, starts=NINE.replace(hour=5)))
    hold(event, NINE.replace(hour=6), (NURSE, REMOTE))
    return (
        (
            "A nurse takes part remotely in “Talk 1”, which is at night by the event’s clock: Wed 10 Mar, "
            "06:00–07:00 (Beijing time); their own time zone is not known."
        ),
        (
            "一位护士：将远程参加“报告1”，按活动时区为 3月10日 周三 06:00–07:00（北京时间），正值夜间；"
            "其所在时区尚未填写。"
        ),
    )


def room_too_small(event, wang, make_room, hold, save):
    hold(event, NINE, room_id=make_room(event, capacity=40).id, capacity=50, has_sign_up=True)
    return ("“Talk 1” offers 50 places, but Hall holds 40.", "大厅：可容纳 40 人，而“报告1”设有 50 个名额。")


def too_many_signed_up(event, wang, make_room, hold, save):
    session = hold(event, NINE, room_id=make_room(event, capacity=40).id, capacity=30, has_sign_up=True)
    sign_up_counts.note_signed_up(SYSTEM, session.id, 31)
    return (
        "Signed up for “Talk 1”: 31. Places: 30.",
        "“报告1”已有 31 人报名，名额却只有 30 个。",
    )


def too_many_for_the_room(event, wang, make_room, hold, save):
    session = hold(event, NINE, room_id=make_room(event, capacity=20).id, has_sign_up=True)
    sign_up_counts.note_signed_up(SYSTEM, session.id, 21)
    return (
        "Signed up for “Talk 1”: 21. Places: 20.",
        "“报告1”已有 21 人报名，名额却只有 20 个。",
    )


def no_moderator(event, wang, make_room, hold, save):
    hold(event, None, (wang, {"role": "panellist"}), kind="panel")
    return ("The panel “Talk 1” has no moderator.", "圆桌讨论“报告1”没有主持人。")


def no_interpreter(event, wang, make_room, hold, save):
    hold(event, NINE, (wang, {"role": "panellist"}), interpretation=["en", "zh"])
    return (
        "“Talk 1” promises interpretation into English and Chinese, but no interpreter has confirmed.",
        "“报告1”将提供传译（英语、中文），但尚无已确认的口译员。",
    )


def proposed(event, wang, make_room, hold, save):
    hold(event, None, (wang, {"state": "proposed"}))
    return (
        "Fang Wang is proposed for “Talk 1” but not invited yet.",
        "王芳：拟参加“报告1”，尚未发出邀请。",
    )


def invited(event, wang, make_room, hold, save):
    hold(event, None, (wang, {"state": "invited"}))
    return ("Fang Wang is invited to “Talk 1” but has not answered yet.", "王芳：已受邀参加“报告1”，尚未答复。")


def declined(event, wang, make_room, hold, save):
    hold(event, None, (wang, {"state": "declined"}))
    return ("Fang Wang has declined to take part in “Talk 1”.", "王芳：已婉拒参加“报告1”。")


def withdrawn(event, wang, make_room, hold, save):
    hold(event, None, (NURSE, {"state": "withdrawn"}))
    return ("A nurse has withdrawn from “Talk 1”.", "一位护士：已退出“报告1”。")


SITUATIONS = {
    "room_twice": [room_twice],
    "account_twice": [account_twice],
    "person_twice": [person_twice],
    "room_change": [room_change, room_change_at_once],
    "connection_test": [connection_test, connection_test_at_once],
    "room_unavailable": [room_unavailable],
    "person_unavailable": [person_unavailable],
    "outside_hours": [outside_hours],
    "night": [night, night_of_somebody_unknown],
    "room_too_small": [room_too_small],
    "too_many_signed_up": [too_many_signed_up, too_many_for_the_room],
    "no_moderator": [no_moderator],
    "no_interpreter": [no_interpreter],
    "unconfirmed": [proposed, invited, declined, withdrawn],
}


@pytest.mark.parametrize(
    ("kind", "situation"), [(kind, one) for kind, of_kind in SITUATIONS.items() for one in of_kind]
)
def test_each_kind_is_found_alone_and_told_in_both_languages(event, wang, make_room, hold, save, kind, situation):
    said = situation(event, wang, make_room, hold, save)
    (conflict,) = find(event)
    assert (conflict.kind, conflict.sentence("en"), conflict.sentence("zh"), conflict.sentence()) == (
        kind, *said, said[0],
    )  # fmt: skip
    assert all(held.id.hex in conflict.key for held in conflict.sessions)
    assert [one.key for one in find(event)] == [conflict.key]


def test_every_kind_is_tried():
    assert {kind.kind for kind in conflict_kinds.KINDS} == set(SITUATIONS)


def header_of(event: Event, **changes: Any) -> events.Header:
    return events.Header(**({column.name: getattr(event, column.name) for column in fields(events.Header)} | changes))


# --- what is none ------------------------------------------------------------------------------------------


def test_what_only_touches_is_no_conflict(event, wang, make_room, hold, save):
    nine_to_ten = ["2027-03-10T09:00/2027-03-10T10:00"]
    hall = make_room(event, meeting_account="zoom", availability=["2027-03-10T09:00/2027-03-10T11:00"], capacity=40)
    save(Speaker(event_id=event.id, person_id=wang.id, availability=["2027-03-10T09:00/2027-03-10T11:00"]))
    hold(event, NINE, (wang, {}), room_id=hall.id, capacity=40)
    hold(event, TEN, (wang, {}), room_id=hall.id)
    hold(event, TEN, room_id=make_room(event, "B").id)
    hold(event, NINE, room_id=make_room(event, "C", meeting_account="zoom 2", availability=nine_to_ten).id)
    hold(event, SIX - HOUR, (NURSE, REMOTE))
    assert find(event) == []


def test_enough_time_is_no_conflict(event, wang, make_room, hold, save):
    hall, cellar = make_room(event), make_room(event, "Cellar")
    hold(event, NINE, (wang, {}), room_id=hall.id)
    hold(event, TEN + timedelta(minutes=5), (wang, {}), room_id=cellar.id)
    hold(event, TEN + timedelta(minutes=15), (NURSE, REMOTE), room_id=hall.id)
    assert find(event) == []
    save(Programme(event_id=event.id, change_minutes=6, test_minutes=16))
    assert kinds_of(event) == ["room_change", "connection_test"]


def test_a_programme_begins_with_what_its_table_says(event, save):
    settled = save(Programme(event_id=event.id))
    assert (settled.change_minutes, settled.test_minutes) == (Settings().change_minutes, Settings().test_minutes)


def test_the_connection_is_tested_after_the_last_session_and_while_people_drink_tea(event, make_room, hold):
    room = make_room(event)
    hold(event, NINE, room_id=room.id)
    hold(event, TEN, room_id=room.id, kind="break", ends=TEN + timedelta(minutes=15))
    remote = hold(event, TEN + timedelta(minutes=15), (NURSE, REMOTE), room_id=room.id)
    assert find(event) == []
    hold(event, NINE, room_id=room.id, ends=TEN + timedelta(minutes=4))
    last = hold(event, TEN, room_id=room.id, ends=TEN + timedelta(minutes=9))
    (found,) = [one for one in find(event) if one.kind == "connection_test"]
    assert [held.id for held in found.sessions] == [last.id, remote.id]


def test_changing_rooms_needs_two_rooms_that_are_known(event, wang, make_room, hold):
    hold(event, NINE, (wang, {}), room_id=make_room(event).id)
    hold(event, TEN, (wang, {}))
    assert find(event) == []


def test_cancelled_deleted_and_unscheduled_sessions_take_no_time(event, wang, make_room, hold):
    room = make_room(event, availability=["2027-03-10T09:00/2027-03-10T10:00"])
    hold(event, NINE, (wang, {}), room_id=room.id)
    for state in ("cancelled", "deleted"):
        hold(event, NINE, (wang, {"state": "invited"}), room_id=room.id, state=state, kind="panel")
    hold(event, None, (wang, REMOTE), room_id=room.id)
    assert find(event) == []


def test_labels_are_nobody_twice_and_one_session_is_not_two(event, wang, hold):
    hold(event, NINE, (both("Representative"), {}), (wang, {"role": "moderator"}), (wang, {"role": "panellist"}))
    hold(event, NINE, (both("Representative"), {}))
    assert find(event) == []


def test_who_is_recorded_or_will_not_come_is_nowhere(event, wang, make_person, hold, save):
    absent = make_person()
    save(Speaker(event_id=event.id, person_id=wang.id, availability=["2027-03-10T20:00/2027-03-10T21:00"]))
    hold(event, NINE, (wang, {"mode": "recorded"}), (absent, {"state": "declined", "mode": "remote"}))
    hold(event, NINE, (wang, {"mode": "recorded"}), (absent, {"state": "withdrawn"}))
    assert kinds_of(event) == ["unconfirmed", "unconfirmed"]


def test_a_moderator_or_interpreter_who_will_not_come_is_none(event, make_person, hold):
    no, perhaps = {"state": "declined"}, {"state": "invited"}
    moderator, interpreter = {"role": "moderator"}, {"role": "interpreter"}
    hold(event, NINE, (make_person(), moderator | no), kind="panel")
    hold(event, TEN, (make_person(), moderator | perhaps), kind="panel")
    hold(event, NOON, (make_person(), interpreter | perhaps), interpretation=["zh"])
    hold(event, NOON, (make_person(), interpreter), interpretation=["zh"])
    found = [conflict.kind for conflict in find(event) if conflict.kind != "unconfirmed"]
    assert found == ["no_moderator", "no_interpreter"]


def test_an_event_without_dates_and_a_room_without_limits_set_none(make_event, make_room, hold):
    event = make_event(starts=None, ends=None, published=False)
    hold(event, NINE, room_id=make_room(event).id, capacity=500)
    assert find(event) == []


# --- other events ------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(organiser: Actor, make_event, hold, wang) -> Event:
    """Another event of the organiser's, in another zone, in which somebody speaks at half past nine in Beijing."""
    other = make_event(
        both("Webinar", "网络研讨会"), organisation=organisation_of(organiser), zone="Europe/Zurich",
        starts=NINE.replace(hour=1), ends=NINE.replace(hour=5), published=False,
    )  # fmt: skip
    hold(other, NINE.replace(hour=2, minute=30), (wang, {"role": "moderator"}), title=both("Opening", "开幕"))
    return other


def test_somebody_in_another_event_of_the_network_is_told_of(event, organiser, elsewhere, hold, wang, make_room):
    hold(event, NINE, (wang, {}), title=both("Panel", "圆桌"))
    (conflict,) = find(event)
    assert conflict.sentence("en") == (
        "Fang Wang is in two sessions at once on Wed 10 Mar, 09:30–10:00: “Panel” here and “Opening” in “Webinar”."
    )
    assert conflict.sentence("zh") == (
        "王芳：3月10日 周三 09:30–10:00 需同时参加本活动的“圆桌”与“网络研讨会”的“开幕”。"
    )
    assert [one.key for one in find(event, actor=organiser)] == [conflict.key]
    (same,) = find(elsewhere)
    assert [held.title.in_("en") for held in same.sessions] == ["Opening", "Panel"]


def test_getting_to_another_event_takes_time_as_well(event, elsewhere, hold, wang, make_room):
    hold(event, TEN + timedelta(minutes=32), (wang, {}), room_id=make_room(event).id, title=both("Panel", "圆桌"))
    (conflict,) = find(event)
    assert conflict.sentence("en") == (
        "Fang Wang has only 2 min to get from “Opening” (Webinar) to “Panel” (Hall), which begins on "
        "Wed 10 Mar, 10:32; changing rooms takes 5 min."
    )
    assert [one.kind for one in find(event, NINE.date())] == ["room_change"]


def test_a_cancelled_event_and_cancelled_sessions_elsewhere_take_no_time(event, organiser, elsewhere, hold, wang):
    hold(event, NINE, (wang, {}))
    hold(elsewhere, NINE.replace(hour=2), (wang, {"mode": "recorded"}))
    hold(elsewhere, NINE.replace(hour=2), (wang, {"state": "declined"}))
    hold(elsewhere, NINE.replace(hour=2), (wang, {}), state="cancelled")
    assert kinds_of(event) == ["person_twice"]
    events.publish_event(SYSTEM, elsewhere.id)
    events.cancel_event(SYSTEM, elsewhere.id, both("Sorry"))
    assert find(event) == []


def test_two_sessions_that_are_both_elsewhere_are_for_others(event, elsewhere, hold, wang):
    hold(elsewhere, NINE.replace(hour=3), (wang, {}))
    hold(event, NOON, (wang, {}))
    assert find(event) == []


def test_what_another_organisation_runs_is_never_told(event, organiser, make_event, make_member, hold, wang):
    hold(event, NINE, (wang, {}))
    hold(make_event(starts=NINE, ends=SIX), NINE, (wang, {}))
    assert find(event) == find(event, actor=organiser) == []


def test_a_co_organiser_learns_nothing_of_what_the_organiser_runs_alone(
    organiser, make_member, make_event, elsewhere, hold, wang
):
    equal = make_member("organiser")
    event = make_event(
        organisation=organisation_of(organiser), starts=NINE, ends=SIX,
        partners=Partners(co_organisers=[organisation_of(equal)]),
    )  # fmt: skip
    hold(event, NINE, (wang, {}))
    assert kinds_of(event, actor=organiser) == ["person_twice"]
    assert find(event, actor=equal) == find(event, actor=VISITOR) == find(event) == []
    theirs = make_event(organisation=organisation_of(equal), starts=NINE, ends=SIX)
    hold(theirs, NINE + HOUR / 2, (wang, {}), title=both("Theirs"))
    assert [one.sessions[1].title.in_("en") for one in find(event, actor=equal)] == ["Theirs"]
    assert [one.sessions[1].title.in_("en") for one in find(event, actor=organiser)] == ["Opening"]
    assert find(theirs, actor=organiser) == []
    together = make_event(
        organisation=organisation_of(equal), starts=NINE, ends=SIX,
        partners=Partners(co_organisers=[organisation_of(organiser)]),
    )  # fmt: skip
    hold(together, NINE + HOUR / 2, (wang, {}), title=both("Together"))
    assert [one.sessions[1].title.in_("en") for one in find(event)] == ["Together"]
    assert kinds_of(event, actor=equal) == ["person_twice"] * 2


# --- the clock ---------------------------------------------------------------------------------------------


def test_the_night_on_which_clocks_go_back_has_an_hour_more(make_event, make_room, hold, wang):
    event = make_event(zone="Europe/Zurich", starts=datetime(2027, 10, 31), ends=datetime(2027, 10, 31, 12))
    room = make_room(event, availability=["2027-10-31T00:00/2027-10-31T02:30", "2027-10-31T02:30/2027-10-31T12:00"])
    half = datetime(2027, 10, 31, 2, 30)
    hold(event, half - HOUR, (wang, {}), room_id=room.id)  # until the first half past two
    hold(event, half, (wang, {}), room_id=room.id)  # from then on, for two hours
    hold(event, half + HOUR, (wang, {}), room_id=room.id)
    assert find(event) == []
    assert [(held.hours.ends - held.hours.starts) // HOUR for held in read_draft(event).sessions if held.hours].count(2)


def test_the_night_on_which_clocks_go_forward_has_an_hour_less(make_event, make_room, hold, wang):
    event = make_event(zone="Europe/Zurich", starts=datetime(2027, 3, 27, 12), ends=datetime(2027, 3, 28, 12))
    room = make_room(event)
    one, three = datetime(2027, 3, 28, 1), datetime(2027, 3, 28, 3)
    hold(event, one, (wang, {}), room_id=room.id, ends=three)
    hold(event, three, (wang, {}), room_id=make_room(event, "Cellar").id)
    hold(event, one, room_id=room.id, ends=one + timedelta(minutes=30))
    found = find(event)
    assert [conflict.kind for conflict in found] == ["room_twice", "room_change"]
    assert found[1].facts("en")["left"] == 0


def test_the_night_of_somebody_far_begins_at_ten_and_ends_at_seven_of_their_own_clock(make_event, hold, wang, save):
    event = make_event(zone="Europe/Zurich", starts=MIDNIGHT, ends=NINE + timedelta(days=1))
    save(Speaker(event_id=event.id, person_id=wang.id, zone="Asia/Kolkata"))  # four and a half hours ahead

    def is_night(hour: int, minute: int) -> bool:
        session = hold(event, NINE.replace(hour=hour, minute=minute), (wang, REMOTE))
        found = [one for one in find(event) if one.kind == "night" and one.sessions[0].id == session.id]
        return bool(found)

    assert [is_night(*told) for told in ((16, 30), (16, 31), (17, 30), (2, 29), (2, 30), (1, 30))] == [
        False, True, True, True, False, True,
    ]  # fmt: skip


def test_availability_is_read_by_the_clock_of_the_speaker_else_the_person_else_the_event(event, hold, wang, save):
    speaker = save(Speaker(event_id=event.id, person_id=wang.id, availability=["2027-03-10T09:00/2027-03-10T10:00"]))
    hold(event, NINE, (wang, {}))
    assert find(event) == []
    for zone, own in ((None, "Europe/Zurich"), ("Europe/Zurich", "Asia/Shanghai")):
        db.session.execute(sa.update(Speaker).values(zone=zone))
        db.session.execute(sa.update(Person).values(zone=own))
        assert kinds_of(event) == ["person_unavailable"], speaker.zone
    db.session.execute(sa.update(Speaker).values(zone=None))
    db.session.execute(sa.update(Person).values(zone=None))
    assert find(event) == []


# --- one day -----------------------------------------------------------------------------------------------


def test_what_happens_after_midnight_is_of_the_next_day(make_event, make_room, hold, wang):
    event = make_event(zone="Asia/Shanghai", starts=NINE, ends=NINE + timedelta(days=2))
    room, late = make_room(event), NINE.replace(hour=23, minute=30)
    hold(event, late, room_id=room.id, ends=late + 2 * HOUR)
    hold(event, late + HOUR, room_id=room.id)
    today, tomorrow = NINE.date(), NINE.date() + timedelta(days=1)
    assert (kinds_of(event, today), kinds_of(event, tomorrow)) == ([], ["room_twice"])
    hold(event, late, (wang, {}), room_id=make_room(event, "B").id, ends=late + HOUR / 2)
    hold(event, late + HOUR / 2, (wang, REMOTE), room_id=make_room(event, "C").id, kind="panel")
    assert kinds_of(event, today) == []
    assert sorted(kinds_of(event, tomorrow)) == ["night", "no_moderator", "room_change", "room_twice"]
    assert kinds_of(event, today - timedelta(days=1)) == []


def test_a_day_reads_its_own_sessions_and_what_ends_shortly_before(event, hold):
    for day in range(-3, 4):
        hold(event, NINE + timedelta(days=day))
    hold(event, None)
    before = hold(event, MIDNIGHT - HOUR / 2, ends=MIDNIGHT - timedelta(minutes=14))
    hold(event, MIDNIGHT - HOUR, ends=MIDNIGHT - timedelta(minutes=15))
    midnight = clock.instant(MIDNIGHT, event.zone)
    draft = read_draft(event, Stretch(midnight, midnight + timedelta(days=1)))
    assert len(draft.sessions) == 2
    assert before.id in {held.id for held in draft.sessions}


def is_of_day(conflict: Conflict, day: date, zone: str) -> bool:
    """Whether a conflict happens on a day, said in another way than by the code: minute by minute."""
    assert conflict.hours
    length = max(1, (conflict.hours.ends - conflict.hours.starts) // timedelta(minutes=1))
    moments = (conflict.hours.starts + timedelta(minutes=number) for number in range(length))
    return any(moment.astimezone(clock.zone(zone)).date() == day for moment in moments)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_tells_what_the_whole_tells_of_it(make_event, make_room, make_person, hold, seed: int):
    chance = random.Random(seed)
    first = datetime(2027, 3, 27, 3)  # the clocks of the place go forward in the second night
    event = make_event(zone="Europe/Zurich", starts=first + 5 * HOUR, ends=first + 60 * HOUR)
    other = make_event(zone="Europe/Zurich", organisation=event.organisation, starts=event.starts, ends=event.ends)
    rooms = [
        make_room(event, f"Room {number}", meeting_account=account) for number, account in enumerate(("", "x", "x"))
    ]
    people = [make_person(zone=zone) for zone in (None, "Asia/Tokyo", "Asia/Dhaka", None)]
    for _ in range(40):
        starts = first + timedelta(minutes=5 * chance.randrange(66 * 12))
        length = timedelta(minutes=5 * chance.choice([6, 12, 24, 60]))
        where = chance.choice([event, event, event, other])
        hold(
            where,
            starts,
            *((person, {"mode": chance.choice(["in_person", "remote"])}) for person in chance.sample(people, 2)),
            ends=starts + length,
            room_id=chance.choice(rooms).id if where is event else None,
            kind=chance.choice(["panel", "break"]),
        )
    whole = find(event)
    assert {conflict.kind for conflict in whole} >= {"room_twice", "person_twice", "account_twice", "night"}
    for number in range(-1, 5):
        day = first.date() + timedelta(days=number)
        told = [conflict.key for conflict in whole if is_of_day(conflict, day, event.zone)]
        assert [conflict.key for conflict in find(event, day)] == told


# --- what it costs -----------------------------------------------------------------------------------------


def test_as_much_is_asked_for_thirty_sessions_as_for_three(
    event, organiser, make_room, make_person, hold, elsewhere, save
):
    invited = REMOTE | {"state": "invited"}

    def lay_out(number: int) -> None:
        for _ in range(number):
            person = make_person()
            save(Speaker(event_id=event.id, person_id=person.id, availability=["2027-03-10T09:00/2027-03-10T10:00"]))
            hold(event, TEN, (person, invited), (NURSE, invited), room_id=make_room(event).id, kind="panel")
            hold(elsewhere, NINE.replace(hour=3), (person, invited))
        for one in find(event)[:number]:
            if one.accepted is None:
                save(AcceptedConflict(event_id=event.id, key=one.key, kind=one.kind, reason="Because"))

    def asked(day: date | None = None) -> int:
        db.session.expire_all()
        assert event.partners == []  # the event itself is read before
        with count_queries() as queries:
            assert find(event, day, actor=organiser)
        return len(queries)

    lay_out(3)
    few = asked(), asked(NINE.date())
    lay_out(27)
    assert (asked(), asked(NINE.date())) == few == (7, 7)


def test_titles_in_one_language_and_texts_that_look_like_gaps_are_told_as_they_are(event, hold):
    hold(event, kind="panel", title=Translated.of(en="100 %(room)s %s {x}"))
    (conflict,) = find(event)
    assert conflict.sentence("zh") == "圆桌讨论“100 %(room)s %s {x}”没有主持人。"
