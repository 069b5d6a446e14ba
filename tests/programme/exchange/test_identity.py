"""Which occurrence is which where the other side moved a series: surely the same one, or none."""

from __future__ import annotations

import pytest

from eventhub.foundation.i18n import Translated
from eventhub.programme.exchange.entries import Entry
from eventhub.programme.exchange.identity import is_same_uid, paired, renamed, spread


def names(*told: str, uid: str = "u@x") -> list[str]:
    """Occurrences in March 2027, as `10T0900`."""
    return [f"{uid}/202703{one}" for one in told]


def moved(old: str, new: str) -> dict[str, str]:
    found = paired(names(*old.split()), names(*new.split()))
    return {was[-7:]: now[-7:] for now, was in found.items()}


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        # By an hour, all of them, though one more has come or one has gone.
        ("01T0900 08T0900", "01T1000 08T1000", {"01T0900": "01T1000", "08T0900": "08T1000"}),
        ("01T0900 08T0900", "01T1000 08T1000 15T1000", {"01T0900": "01T1000", "08T0900": "08T1000"}),
        ("01T0900 08T0900 15T0900", "01T1000 15T1000", {"01T0900": "01T1000", "15T0900": "15T1000"}),
        # To another weekday, over midnight, and only from one on.
        ("01T0900 08T0900", "02T1100 09T1100", {"01T0900": "02T1100", "08T0900": "09T1100"}),
        ("01T2330 02T2330 03T2330", "02T0030 03T0030 04T0030",
         {"01T2330": "02T0030", "02T2330": "03T0030", "03T2330": "04T0030"}),
        ("01T0900 08T0900 15T0900", "01T0900 09T0900 16T0900", {"08T0900": "09T0900", "15T0900": "16T0900"}),
        ("01T0900", "01T2000", {"01T0900": "01T2000"}),
        # Two on a day, in their order.
        ("01T0900 01T1400", "01T1000 01T1500", {"01T0900": "01T1000", "01T1400": "01T1500"}),
        ("01T0900 01T1400", "01T1200 01T1700", {"01T0900": "01T1200", "01T1400": "01T1700"}),
        ("01T0900 01T1400", "01T0900 01T1600", {"01T1400": "01T1600"}),
        ("01T0900 01T1400 02T0900", "01T1000 01T1700 02T0930",
         {"01T0900": "01T1000", "01T1400": "01T1700", "02T0900": "02T0930"}),
        ("01T0900 08T0900", "02T0900 08T1000", {"08T0900": "08T1000"}),
        # Nobody can tell which one it was, or whether it was one of them.
        ("01T0900 01T1400", "01T1000", {}),
        ("01T0900", "01T1000 01T1500", {}),
        ("01T0900 01T1400", "01T1400 01T1900", {}),
        ("01T0900 02T0900", "02T0900 31T0900", {}),
        ("01T0900", "02T0900", {}),
        ("01T2330 02T2330", "02T0030 03T0030 04T0030", {}),
        ("01T0900", "01T0900", {}),
        ("01T0900", "31T9900", {}),
    ],
)  # fmt: skip
def test_the_same_ones_at_other_hours(old, new, pairs):
    assert moved(old, new) == pairs


def test_each_series_is_looked_at_by_itself():
    assert paired(names("01T0900", uid="a"), names("01T1000", uid="b")) == {}
    assert paired(["u@x"], names("01T1000")) == {}


def test_the_rest_of_a_series_of_google_is_part_of_it():
    first, rest = "abc@google.com", "abc_R20270308T090000@google.com"
    old, new = names("01T0900", "08T0900", uid=first), names("01T0900", uid=first) + names("08T0900", uid=rest)
    assert paired(old, new) == {new[1]: old[1]}
    assert renamed(old[1], new[1]) == new[1]
    assert not is_same_uid(old[1], new[1])  # each counts its versions by itself
    assert paired(names("01T0900", uid="abc@x"), names("01T1000", uid="abc_R20270308T090000@x")) == {}


def test_what_is_known_is_called_anew_only_within_its_series():
    assert renamed("u@x/20270301T0900", "u@x/20270301T1000") == "u@x/20270301T1000"
    assert renamed("u@x", "u@x/20270301T1000") == "u@x/20270301T1000"
    assert renamed("other", "u@x") == "other"
    assert (renamed(None, "u@x"), renamed(None, ""), renamed("u@x", "")) == ("u@x", None, "u@x")


def test_a_series_that_is_called_off_as_a_whole():
    text = Translated.of("en", en="Weekly")
    off = Entry(3, text, "u@x", is_cancelled=True, sequence=2)
    known = [*names("01T0900", "08T0900"), *names("01T0900", uid="other")]
    found = spread([off, Entry(9, text, names("08T0900")[0])], known)
    assert [(one.key, one.is_cancelled, one.title.texts, one.sequence) for one in found] == [
        (names("01T0900")[0], True, {}, 2), (names("08T0900")[0], False, {"en": "Weekly"}, 0),
    ]  # fmt: skip
    for entries in ([off], [Entry(3, text, "u@x")]):
        assert spread(entries, ["u@x", *known]) == entries
    assert spread([off], []) == [off]
    other = Entry(9, text, "other")
    assert [one.key for one in spread([off, other], known)] == [*names("01T0900", "08T0900"), "other"]
