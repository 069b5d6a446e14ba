"""E-mail addresses as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.people.addresses import normalise, tidy

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


@pytest.mark.parametrize(
    "typed",
    [
        "wang.fang@example.org",
        "Wang.Fang@EXAMPLE.org",
        " wang.fang@example.org\n",
        "ｗａｎｇ．ｆａｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "wang.fang＠example.org",
        "wang.fang@example。org",
        "wang\u200b.fang@exam\u200dple.org",
        "\ufeffwang.fang@example.org\u2060",
        "\u202awang.fang@example.org\u202c",
        "wang . fang @ example . org",
        "wang.fang\u3000@example.org",
    ],
)
def test_spellings_of_one_address_are_equal(typed):
    assert normalise(typed) == "wang.fang@example.org"


@pytest.mark.parametrize(
    ("one", "other"),
    [("wang@example.org", "wang+news@example.org"), ("w.fang@example.org", "wfang@example.org")],
)
def test_what_may_be_another_mailbox_is_another_address(one, other):
    assert normalise(one) != normalise(other)


def test_composed_and_decomposed_letters_are_one():
    assert normalise("jose\u0301@example.org") == normalise("josé@example.org")
    assert normalise("jose\u200b\u0301@example.org") == normalise("josé@example.org")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "wang",
        "wang@",
        "@example.org",
        "a@b@example.org",
        "wang@example",
        "wang@-example.org",
        "a\x00",
        "王",
        "a@b..org",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValueError):  # noqa: PT011 - the library says why, in English; forms say it themselves
        normalise(typed)


@given(LETTERS, LETTERS, st.sampled_from(["", " ", "\u200b", "\u3000", "\ufeff", "\t"]))
def test_case_width_and_invisible_marks_make_no_difference(name, host, mark):
    address = f"{name}@{host}.org"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in address)
    for typed in (address.upper(), mark + address + mark, f"{name}{mark}@{host}.org", wide):
        assert normalise(typed) == normalise(address)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused_and_an_address_stays_what_it_is(typed):
    assert tidy(tidy(typed)) == tidy(typed)
    try:
        address = normalise(typed)
    except ValueError:
        return
    assert normalise(address) == address
