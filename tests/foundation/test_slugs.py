"""Words in addresses."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import use_case
from eventhub.foundation.slugs import free_slug, free_slugs, id_of_old_slug, retire_slug, slugify
from eventhub.organisations.models import Organisation


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Beijing Workshop 2019", "beijing-workshop-2019"),
        ("北京研讨会", "bei-jing-yan-tao-hui"),
        ("Réponse à l’urgence", "reponse-a-lurgence"),
        ("  --  A/B?c=1  ", "a-b-c-1"),
        ("“Positive Disruption?”", "positive-disruption"),
        ("one two three four", "one-two-three-four"),
    ],
)
def test_a_title_becomes_a_word_for_an_address(text, slug):
    assert slugify(text) == slug


def test_a_long_title_is_cut_between_words():
    assert slugify("more inclusive coordination for the global south", most=30) == "more-inclusive-coordination"


@given(st.text(max_size=100))
def test_any_title_has_a_slug(text):
    assert set(slugify(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 0 < len(slugify(text)) <= 60


def test_a_taken_slug_gets_a_suffix(make_organisation, save):
    organisation = make_organisation()
    assert free_slug("free", Organisation.slug) == "free"
    again = free_slug(organisation.slug, Organisation.slug)
    assert again.startswith(f"{organisation.slug}-")
    assert len(again) == len(organisation.slug) + 5


def test_a_slug_that_once_was_public_is_never_given_to_another(app):
    row_id = uuid4()
    use_case(lambda actor: retire_slug("organisations", "former", row_id))(SYSTEM)
    assert free_slug("former", Organisation.slug) != "former"
    assert id_of_old_slug("organisations", "former") == row_id
    assert id_of_old_slug("events", "former") is None


def test_slugs_that_are_asked_for_together_are_all_free_and_all_different(make_organisation, monkeypatch):
    use_case(lambda actor: retire_slug("organisations", "former", uuid4()))(SYSTEM)
    taken = make_organisation().slug
    # A suffix that would be another's slug, and one that is given in the same turn.
    turns = iter(["there", "2222", "2222", "3333", "4444", "5555"])
    monkeypatch.setattr("eventhub.foundation.slugs.suffix", lambda: next(turns))
    found = free_slugs(["new", "new", "former", taken, "new-there", "new"], Organisation.slug)
    assert found[0] == "new"
    assert len(set(found)) == 6
    assert not {"former", taken} & set(found)
    assert all(one.startswith(f"{wanted}-") for one, wanted in zip(found[1:4], ["new", "former", taken], strict=True))


def test_no_slugs_are_no_slugs(app):
    assert free_slugs([], Organisation.slug) == []
