"""Stretches of time as they are typed and stored, and what of a time lies outside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation.errors import Invalid
from eventhub.programme.stretches import MOST, Stretch, join, outside, parse, parse_all

EIGHT = datetime(2027, 3, 10, 8)


def stretch(first: int, last: int) -> Stretch:
    return Stretch(EIGHT + timedelta(minutes=first), EIGHT + timedelta(minutes=last))


minutes = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda told: stretch(told[0], told[0] + told[1]))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2027-03-10T08:00/2027-03-10T18:00", "2027-03-10T08:00/2027-03-10T18:00"),
        (" 2027-03-10 08:00 / 2027-03-11 18:00:59 ", "2027-03-10T08:00/2027-03-11T18:00"),
        ("2027-03-10T08:00/18:30", "2027-03-10T08:00/2027-03-10T18:30"),
        ("2027-03-10 08:00–18:30", "2027-03-10T08:00/2027-03-10T18:30"),
        ("2027-03-10 08:00-18:30", "2027-03-10T08:00/2027-03-10T18:30"),
        ("2027-03-10 08:00 - 2027-03-11 18:30", "2027-03-10T08:00/2027-03-11T18:30"),
        ("２０２７-03-10 08：00 至 18：30", "2027-03-10T08:00/2027-03-10T18:30"),
        ("2027-03-10T08:00/T18:30", "2027-03-10T08:00/2027-03-10T18:30"),
    ],
)
def test_a_stretch_is_stored_as_an_interval(typed: str, stored: str):
    assert str(parse(typed)) == stored
    assert str(parse(stored)) == stored


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write each stretch"),
        ("tomorrow", "Write each stretch"),
        ("2027-03-10T08:00", "Write each stretch"),
        ("2027-03-10T08:00/2027-03-10T18:00/2027-03-11T18:00", "Write each stretch"),
        ("2027-03-10T08:00Z/2027-03-10T18:00", "Write each stretch"),
        ("2027-03-10T08:00/2027-03-10T18:00+08:00", "Write each stretch"),
        ("2027-02-30T08:00/2027-03-10T18:00", "Write each stretch"),
        ("2027-03-10T08:00/P1D", "Write each stretch"),
        ("2027-03-10T08:00/2027-03-10T08:00", "The end must come after the start."),
        ("2027-03-10T08:00/07:00", "The end must come after the start."),
        ("1969-03-10T08:00/2027-03-10T08:00", "Choose a year from 1970 to 2100."),
        ("2027-03-10T08:00/2101-03-10T08:00", "Choose a year from 1970 to 2100."),
    ],
)
def test_what_is_no_stretch_is_refused_beside_its_field(app, typed: str, said: str):
    with pytest.raises(Invalid) as refusal:
        parse(typed, "hours")
    assert refusal.value.field == "hours"
    assert refusal.value.message.startswith(said)


def test_many_are_read_in_their_order_and_those_that_touch_as_one(app):
    typed = ["2027-03-10T13:00/18:00", "2027-03-10T08:00/12:00", "2027-03-10T12:00/12:30"]
    assert [str(one) for one in parse_all(typed)] == [
        "2027-03-10T08:00/2027-03-10T12:30", "2027-03-10T13:00/2027-03-10T18:00",
    ]  # fmt: skip
    apart = [stretch(2 * number, 2 * number + 1) for number in range(MOST + 1)]
    assert len(parse_all(str(one) for one in apart[:MOST])) == MOST
    with pytest.raises(Invalid):
        parse_all(str(one) for one in apart)


@given(minutes, st.lists(minutes, max_size=6))
def test_outside_is_each_minute_that_no_stretch_holds(wanted: Stretch, stretches: list[Stretch]):
    def within(one: Stretch) -> set[datetime]:
        length = (one.ends - one.starts) // timedelta(minutes=1)
        return {one.starts + timedelta(minutes=number) for number in range(length)}

    joined, parts = join(stretches), outside(wanted, join(stretches))
    held = set().union(*map(within, stretches))
    assert set().union(*map(within, joined)) == held
    assert all(one.ends < other.starts for one, other in pairwise(joined))
    assert set().union(*map(within, parts)) == within(wanted) - held
    assert all(one.ends < other.starts for one, other in pairwise(parts))
