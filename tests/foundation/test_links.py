"""Private links: each opens one thing, for one purpose, at one version, and nothing else does."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventhub.foundation import links
from tests.conftest import on_sqlite

pytestmark = on_sqlite

ROW = UUID("6f1c3d52-3d0b-4b7e-9a37-0e3c0a3b9f11")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_link_opens_its_row_at_its_version(app: Flask):
    token = links.make("registration", ROW, 3)
    assert links.row_id_of(token) == ROW
    assert links.is_genuine("registration", token, ROW, 3)


def test_a_token_fits_an_address_and_is_the_same_each_time(app: Flask):
    token = links.make("calendar", ROW, 1)
    assert len(token) == 43
    assert set(token) <= set(LETTERS)
    assert token == links.make("calendar", ROW, 1)


def test_raising_the_version_ends_a_link(app: Flask):
    token = links.make("registration", ROW, 1)
    assert not links.is_genuine("registration", token, ROW, 2)


def test_a_link_of_one_row_does_not_open_another(app: Flask):
    token = links.make("registration", ROW, 1)
    assert not links.is_genuine("registration", token, uuid4(), 1)


@pytest.mark.parametrize(("made", "tried"), list(itertools.permutations(sorted(links.PURPOSES), 2)))
def test_a_link_of_one_purpose_is_never_good_for_another(app: Flask, made: str, tried: str):
    assert not links.is_genuine(tried, links.make(made, ROW, 1), ROW, 1)


def test_a_row_that_is_not_there_has_no_link(app: Flask):
    for token in (links.make("reset", ROW, 1), links.make("reset", links.NOWHERE, 0)):
        assert not links.is_genuine("reset", token, None, None)


def test_every_other_last_letter_is_another_token(app: Flask):
    """The last letter of 43 holds two bits that say nothing: only one of its four forms is the link."""
    token = links.make("registration", ROW, 1)
    good = [letter for letter in LETTERS if links.is_genuine("registration", token[:-1] + letter, ROW, 1)]
    assert good == [token[-1]]


@pytest.mark.parametrize(
    "text",
    ["", "x", "A" * 42, "A" * 44, "A" * 42 + "=", "é" * 43, "汉" * 43, "A" * 42 + "+", "A" * 42 + "\n", "\x00" * 43],
)
def test_what_is_no_token_leads_nowhere(app: Flask, text: str):
    assert links.row_id_of(text) == links.NOWHERE
    assert not links.is_genuine("registration", text, ROW, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(place=st.integers(0, 42), letter=st.sampled_from(LETTERS))
def test_one_changed_letter_closes_a_link(app: Flask, place: int, letter: str):
    token = links.make("registration", ROW, 1)
    changed = token[:place] + letter + token[place + 1 :]
    assert links.is_genuine("registration", changed, ROW, 1) == (changed == token)


def test_older_keys_stay_good_for_reading_and_are_not_used_for_writing(make_site: Callable[..., Flask]):
    before = make_site(secret_key="first secret of the site", secret_key_fallbacks=[])
    after = make_site(secret_key="second secret of the site", secret_key_fallbacks=["first secret of the site"])
    later = make_site(secret_key="second secret of the site", secret_key_fallbacks=[])
    with before.app_context():
        old = links.make("registration", ROW, 1)
    with after.app_context():
        new = links.make("registration", ROW, 1)
        assert links.is_genuine("registration", old, ROW, 1)
        assert not links.is_genuine("calendar", old, ROW, 1)
    with later.app_context():
        assert links.is_genuine("registration", new, ROW, 1)
        assert not links.is_genuine("registration", old, ROW, 1)
