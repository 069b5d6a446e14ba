"""Finding things by their words, on both databases alike."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventhub.foundation import search
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, use_case
from eventhub.foundation.slugs import OldSlug

anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@use_case
def _put(actor: object, row_id: UUID, texts: tuple[str, ...], kind: str = "thing") -> None:
    search.put(kind, row_id, texts)


@pytest.fixture
def store(save):
    """Keep things with a name and the texts by which they are to be found."""

    def make(name: str, *texts: str, kind: str = "thing") -> UUID:
        row_id: UUID = save(OldSlug(kind="thing", slug=name, row_id=uuid4())).row_id
        _put(SYSTEM, row_id, texts, kind)
        return row_id

    return make


def find(wanted: str) -> list[str] | None:
    """The names of the things found, or None where nothing was asked."""
    condition = search.matches("thing", OldSlug.row_id, wanted)
    if condition is None:
        return None
    return sorted(db.session.scalars(sa.select(OldSlug.slug).where(condition)))


@pytest.fixture
def library(store):
    """Three things to be found."""
    store("workshop", "Humanitarian Response Workshop", "国际人道主义响应研讨会：中国民间组织的经验与创新")
    store("webinar", "Localisation webinar", "本地化网络研讨会")
    store("launch", "Launch of the paper “Positive Disruption?”", "《积极的颠覆？》报告发布会, COVID-19")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("研讨", ["webinar", "workshop"]),
        ("创新", ["workshop"]),
        ("人道", ["workshop"]),
        ("道人", []),
        ("讨", ["webinar", "workshop"]),
        ("发布会", ["launch"]),
        ("本地化 研讨", ["webinar"]),
        ("work", ["workshop"]),
        ("WORKSHOP humanitarian", ["workshop"]),
        ("hop", []),
        ("研讨 work", ["workshop"]),
        ("response 网络", []),
        ("covid-19", ["launch"]),
        ("“positive", ["launch"]),
        ("ｃｏｖｉｄ－１９", ["launch"]),
        ("ＷＯＲＫ 研讨", ["workshop"]),
        ("nothing", []),
    ],
)
def test_words_are_found(library, wanted, found):
    assert find(wanted) == found


@pytest.mark.parametrize(
    "wanted", ["", "   ", '"', "***", "\x00", "，。", "-", "()", ":*", "\u3000", "!", "%", "\ud800"]
)
def test_where_nothing_is_asked_there_is_no_condition(library, wanted):
    assert find(wanted) is None


@pytest.mark.parametrize(
    "wanted",
    [
        "AND",
        "OR",
        "NOT",
        "NEAR",
        'NEAR("a" "b", 3)',
        "a OR b",
        "work*",
        '"work',
        "work'",
        "';--",
        "a:b",
        "words:work",
        "work & !shop",
        "<->",
        "a <-> b",
        "\\",
        "work\\",
        "work\x00shop",
        "{work}",
        "^work",
        "+work -shop",
        "(((",
        "work)",
        "%s",
        "{}",
        "😀",
        "²",
        "ﬁ",
        "İstanbul",
        "_",
        "a" * 5000,
        "a " * 5000,
        "研" * 500,
        "\u202ework",
    ],
)
def test_odd_input_is_only_looked_for(library, wanted):
    assert set(find(wanted) or []) <= {"workshop"}


@anything
@given(st.text(max_size=60))
def test_no_input_is_too_odd(app, wanted):
    find(wanted)


@anything
@given(st.lists(st.from_regex(r"[a-zäöüß0-9]{1,12}|[\u4e00-\u9fa5]{1,6}", fullmatch=True), min_size=1, max_size=8))
def test_a_thing_is_found_by_each_of_its_words(store, words):
    name = uuid4().hex
    store(name, " ".join(words))
    for word in words:
        assert name in (find(word) or [])
    assert name in (find(" ".join(words)) or [])


def test_words_in_full_width_letters_are_found_as_ordinary_ones(store):
    store("paper", "ＩＣＶＡ报告")
    assert find("icva") == find("ＩＣＶＡ") == ["paper"]


def test_only_things_of_the_kind_are_found(store):
    store("one", "Workshop", kind="other")
    assert find("workshop") == []


def test_a_thing_is_found_by_its_new_words_only(store):
    row_id = store("one", "Workshop")
    _put(SYSTEM, row_id, ("Webinar",))
    assert (find("workshop"), find("webinar")) == ([], ["one"])
    _put(SYSTEM, row_id, ())
    assert find("webinar") == []
