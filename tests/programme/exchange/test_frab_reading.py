"""Schedules of other systems, in XML and in JSON."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from eventhub.foundation.errors import Unreadable
from eventhub.programme.exchange.entries import Problem
from eventhub.programme.exchange.frab_reading import markdown
from tests.programme.exchange import fosdem

NINE = datetime(2027, 3, 10, 9)


def xml(events: str, *, conference: str = "", room: str = "Janson", day: str = "2027-03-10") -> str:
    return (
        f"<?xml version='1.0' encoding='utf-8' ?>\n<schedule>\n<conference><title>C</title>{conference}</conference>\n"
        f'<day index="1" date="{day}">\n<room name="{room}">\n{events}\n</room></day></schedule>'
    )


def event(**fields: str) -> str:
    told = {"date": "2027-03-10T09:00:00+08:00", "start": "09:00", "duration": "00:30", "title": "Opening", **fields}
    ids = "".join(f' {name}="{told.pop(name)}"' for name in ("id", "guid") if name in told)
    return f"<event{ids}>{''.join(f'<{name}>{text}</{name}>' for name, text in told.items())}</event>"


def of_json(event: dict[str, Any], **conference: Any) -> str:
    told = {"date": "2027-03-10T09:00:00+08:00", "start": "09:00", "duration": "00:30", "title": "Opening", **event}
    days = [{"index": 1, "date": "2027-03-10", "rooms": {"Hall": [told]}}]
    return json.dumps({"schedule": {"version": "1", "conference": {"title": "C", "days": days, **conference}}})


def test_an_event_of_fosdem(read_file):
    data = xml(
        '<event id="12"><start>09:30</start><duration>00:25</duration><room>Janson</room><slug>x</slug>'
        "<title>Welcome</title><subtitle>Twenty years</subtitle><track>Keynotes</track><type>keynote</type>"
        "<language>en</language><abstract>&lt;p&gt;Hello &lt;b&gt;all&lt;/b&gt; "
        "&lt;a href=\"https://a.org/?a=1&amp;amp;b=2\"&gt;there&lt;/a&gt;.&lt;/p&gt;"
        "&lt;ul&gt;&lt;li&gt;one&lt;/li&gt;&lt;li&gt;two&lt;/li&gt;&lt;/ul&gt;</abstract><description>More</description>"
        '<persons><person id="6">FOSDEM Staff</person><person id="7">王芳</person></persons></event>'
    )  # fmt: skip
    (entry,) = read_file(data).entries
    assert (entry.key, entry.title.texts, entry.kind, entry.language) == (
        "12",
        {"en": "Welcome: Twenty years"},
        "keynote",
        "en",
    )
    assert (entry.starts, entry.ends) == (NINE + timedelta(minutes=30), NINE + timedelta(minutes=55))
    assert (entry.room, entry.track, entry.line) == ("Janson", "Keynotes", 6)
    assert entry.abstract.in_("en") == "Hello **all** [there](https://a.org/?a=1&b=2).\n\n- one\n- two\n\nMore"
    assert [guest.name.texts for guest in entry.people] == [{"en": "FOSDEM Staff"}, {"zh": "王芳"}]
    assert not entry.is_whole


def test_an_event_of_pretalx(one):
    entry = one(
        of_json(
            {
                "guid": "9fd5b1c2-8a0e-4b8a-9a3f-0a4b8a9a3f0a", "id": 7, "code": "AB12CD",
                "title": {"en": "Opening", "zh-hans": "开幕", "de": "Eröffnung"}, "type": "Panel discussion",
                "language": "zh-hans", "abstract": "*Why*", "description": "*Why* and how", "do_not_record": None,
                "persons": [{"code": "X", "name": "Ann Adams", "public_name": "Ann Adams"}, {"name": "Bo"}, {}],
                "track": {"en": "Maps", "zh-hans": "地图"},
                "links": [{"title": "x", "url": "https://x.example"}],
            }
        )
    )  # fmt: skip
    assert (entry.key, entry.title.texts) == ("9fd5b1c2-8a0e-4b8a-9a3f-0a4b8a9a3f0a", {"en": "Opening", "zh": "开幕"})
    assert (entry.kind, entry.language, entry.room, entry.track) == ("panel", "zh", "Hall", "Maps")
    assert entry.abstract.in_("en") == "*Why* and how"
    assert [guest.name.in_("en") for guest in entry.people] == ["Ann Adams", "Bo"]


def test_moments_are_told_by_the_clock_of_the_event(one):
    assert one(xml(event(date="2027-03-10T23:30:00+01:00"))).starts == datetime(2027, 3, 11, 6, 30)
    entry = one(xml(event(date="2027-03-28T01:30:00+01:00", duration="01:00")), "Europe/Zurich")
    assert (entry.starts, entry.ends) == (datetime(2027, 3, 28, 1, 30), datetime(2027, 3, 28, 3, 30))


def test_what_begins_before_the_change_of_days_is_after_midnight(one):
    told = event(start="00:30").replace("<date>2027-03-10T09:00:00+08:00</date>", "")
    assert one(xml(told, conference="<day_change>04:00:00</day_change>")).starts == datetime(2027, 3, 11, 0, 30)
    assert one(xml(told)).starts == datetime(2027, 3, 10, 0, 30)


@pytest.mark.parametrize(
    ("duration", "minutes"), [("00:25", 25), ("00:25:00", 25), ("1:30", 90), ("1:02:00", 26 * 60), ("26:00", 26 * 60)]
)
def test_durations(one, duration, minutes):
    entry = one(xml(event(duration=duration)))
    assert entry.ends - entry.starts == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"title": " "}, "no_title"),
        ({"date": "soon"}, "no_start"),
        ({"date": "", "start": "25:00"}, "no_start"),
        ({"duration": ""}, "bad_duration"),
        ({"duration": "99999:00"}, "bad_duration"),
        ({"duration": "00:00"}, "end_before_start"),
        ({"date": "9999-12-31T23:59:59-14:00"}, "out_of_reach"),
        ({"date": "0001-01-01T00:00:00+14:00"}, "out_of_reach"),
        ({"guid": "x" * 201}, "long_key"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(read_file, fields, what):
    fine = event(id="1")
    reading = read_file(xml(f"{fine}\n{event(**fields)}\n{event(id='3')}"))
    assert [(problem.line, problem.what) for problem in reading.problems] == [(7, what)]
    assert len(reading.entries) == 2
    in_json = read_file(of_json({"id": "1", **fields}))
    assert [problem.what for problem in in_json.problems] == [what]


def test_an_id_is_there_once(read_file):
    reading = read_file(xml(f"{event(guid='a')}\n{event(guid='a', title='Other')}"))
    assert reading.problems == (Problem(7, "same_key", "a", "Other"),)


def test_what_a_file_leaves_empty_it_does_not_say(one):
    entry = one(xml(event(abstract="", description="", persons="", track="", language="", type="")))
    assert (entry.abstract, entry.people, entry.track, entry.language, entry.kind) == (None, None, None, None, None)


def test_markup_inside_a_text_is_read_as_its_words(one):
    assert one(xml(event(abstract="<p>Hello <b>all</b></p><title>No</title>"))).abstract.in_("en").split() == [
        "Hello", "all", "No",
    ]  # fmt: skip


def test_words_of_other_systems_for_kinds(one):
    told = {
        "Keynote": "keynote", "Panel Discussion": "panel", "Round table": "panel", "Lightning talk": "presentation",
        "Workshop (90 min)": "breakout", "Coffee break": "break", "Opening ceremony": "plenary",
        "Social event": "networking", "主旨演讲": "keynote", "圆桌讨论": "panel", "分组讨论": "breakout",
        "茶歇": "break", "blocker": "blocker",
    }  # fmt: skip
    assert {word: one(xml(event(type=word))).kind for word in told} == told


def test_a_thousand_entries_are_read(read_file):
    reading = read_file(fosdem.schedule(1000), "Europe/Brussels")
    assert len(reading.entries) == 1000
    assert {problem.what for problem in reading.problems} == {"kind", "language"}
    assert len(reading.rooms) == 30


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Plain\n\ntext * with <3", "Plain\n\ntext * with <3"),
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<p>a &amp; b &lt;c&gt; “d”</p>", "a & b <c> “d”"),
        ("<script>alert(1)</script><p onclick='x'>ok</p>", "ok"),
        ('<p><a href="javascript:x">no</a> <a href="https://y.example">yes</a></p>', "no [yes](https://y.example)"),
        ("<ol><li><p>one</p></li><li>two</li></ol>", "- one\n\n- two"),
    ],
)
def test_html_becomes_markdown(text, plain):
    assert markdown(text).replace("<a>no</a>", "no") == plain


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html><body/></html>", "The file is no schedule as frab, pretalx or EventHub write it."),
        (b"<schedule><day>", "The file is not well-formed XML: line 1."),
        (b"<schedule>\n<a></b>\n</schedule>", "The file is not well-formed XML: line 2."),
        (b'<?xml version="1.0" encoding="nonsense"?><schedule/>', "The file is not well-formed XML: its encoding."),
        (b"<schedule>\xff</schedule>", "The file is not well-formed XML: line 1."),
        (b"<schedule>\x00</schedule>", "The file is not well-formed XML: line 1."),
        (b"{}", "The file is no schedule as frab, pretalx or EventHub write it."),
        (b"[1]", "The file is no schedule as frab, pretalx or EventHub write it."),
        (
            b'{"schedule": {"conference": {"days": 7}}}',
            "The file is no schedule as frab, pretalx or EventHub write it.",
        ),
        (b"{", "The file is no JSON."),
        (b'{"a": NaN, "b": ' + b"9" * 9999 + b"}", "The file is no JSON."),
    ],
)
def test_what_is_no_schedule_is_refused_in_words(read_file, data, said):
    with pytest.raises(Unreadable) as refusal:
        read_file(data)
    assert refusal.value.message == said


@pytest.mark.parametrize(
    "broken",
    [
        {"persons": 7}, {"persons": [7, None, {"public_name": 7}]}, {"title": 7}, {"title": ["x"]}, {"track": 7},
        {"date": 7}, {"duration": 7}, {"type": []}, {"language": {}}, {"abstract": False}, {"guid": {}},
        {"id": True}, {"room": 1},
    ],
)  # fmt: skip
def test_values_of_other_types_break_nothing(read_file, broken):
    read_file(of_json(broken))


def test_days_and_rooms_of_other_types_break_nothing(read_file):
    for days in ([7], [{"rooms": 7}], [{"rooms": {"Hall": 7}}], [{"rooms": {"Hall": [7, None, []]}}], [{"rooms": []}]):
        reading = read_file(json.dumps({"schedule": {"conference": {"days": days}}}))
        assert not reading.entries


@pytest.mark.parametrize(
    "own",
    [
        {}, {"title": 7}, {"title": {"texts": 7, "source": 7, "shown": "xx"}}, {"room": 7}, {"room": "nowhere"},
        {"track": []}, {"people": 7}, {"people": [7]}, {"people": [{"with": 10**9, "minutes": -1, "country": "<b>"}]},
        {"capacity": 1e308},
        {"capacity": True}, {"repeats": "x"}, {"interpretation": [[], "en", "xx", "en"]}, {"level": {}},
        {"is_cancelled": 1},
    ],
)  # fmt: skip
def test_what_only_we_write_is_read_with_distrust(read_file, own):
    told = json.loads(of_json({"guid": "g", "persons": [{"public_name": "Ann", "role": "king", "mode": 7, "guid": 7}]}))
    told["schedule"]["eventhub"] = {
        "rooms": [7, {"id": "x"}, {"id": 7, "name": {}}],
        "tracks": 7,
        "sessions": {"g": own},
    }
    (entry,) = read_file(json.dumps(told)).entries
    assert entry.is_whole
    assert (entry.title.in_("en"), entry.capacity) == ("Opening", 0)
    assert entry.interpretation in {(), ("en",)}
    assert [(guest.role, guest.mode, guest.id) for guest in entry.people] == [(None, None, None)]
