"""What an answer to each kind of question may be."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from eventhub.foundation.errors import Invalid
from eventhub.foundation.forms import tidy
from eventhub.foundation.i18n import Translated, digest
from eventhub.registrations.questions.kinds import clean
from eventhub.registrations.questions.models import Option, Question
from tests.conftest import on_sqlite

pytestmark = on_sqlite


def question(kind: str) -> Question:
    options = [Option("o1", Translated.of(en="Fish")), Option("o2", Translated.of(en="Rice"))]
    return Question(
        id=uuid4(),
        kind=kind,
        label=Translated.of(en="May we?", zh="可以吗？"),
        stored_options=[option.as_json() for option in options] if kind.startswith("choice") else [],
    )


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("short_text", "  fish\x07 ", "fish"),
        ("short_text", "x" * 300, "x" * 300),
        ("long_text", "one\r\ntwo", "one\ntwo"),
        ("choice_one", "o2", "o2"),
        ("choice_many", ["o2", "o1", "o2"], ["o1", "o2"]),
        ("yes_no", "no", "no"),
        ("number", "２．５", "2.5"),
        ("number", "1,50", "1.5"),
        ("number", "-0", "0"),
        ("number", "1200", "1200"),
        ("date", "2019-10-23", "2019-10-23"),
        ("date", "２０１９年１０月３日", "2019-10-03"),
        ("country", "CN", "CN"),
        ("organisation", "爱德  基金会", {"name": "爱德 基金会", "id": None}),
        (
            "phone",
            "＋８６ １０－１２３４ ５６７８",
            {"typed": "＋８６ １０－１２３４ ５６７８", "number": "+861012345678"},
        ),
        ("phone", "(010) 1234.5678", {"typed": "(010) 1234.5678", "number": "01012345678"}),
        ("phone", "0086 10 1234 5678", {"typed": "0086 10 1234 5678", "number": "+861012345678"}),
        (
            "phone",
            {"typed": "010 1234 5678", "number": "+861012345678"},
            {"typed": "010 1234 5678", "number": "+861012345678"},
        ),
        ("phone", {"typed": "010 1234 5678", "number": "+4420"}, {"typed": "010 1234 5678", "number": "01012345678"}),
        ("file", {"file_id": "1", "name": "a.pdf"}, {"file_id": "1", "name": "a.pdf"}),
        ("consent", digest("可以吗？"), {"wording": digest("可以吗？"), "language": "zh"}),
    ],
)
def test_what_is_good_is_kept_and_stays_the_same_when_it_is_looked_at_again(
    app: Flask, kind: str, given: Any, kept: Any
):
    asked = question(kind)
    assert clean(asked, given) == kept
    assert clean(asked, kept) == kept


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("８６ 138 0013 8000", "CN", "+8613800138000"),
        ("(010) 1234 5678", "CN", "+861012345678"),
        ("86-755-8888 8888", "CN", "+8675588888888"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("1 202 555 0100", "US", "+12025550100"),
        ("(416) 555-0100", "CA", "+14165550100"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("8 (701) 123 45 67", "KZ", "+77011234567"),
        ("01-4412345", "NP", "+97714412345"),
        ("984-1234567", "NP", "+9779841234567"),
        ("00 44 20 7946 0000", "CN", "+442079460000"),
        ("+44 (0)20 7946 0000", "CN", "+442079460000"),
        ("٠٧٩ ٠١٢ ٣٤٥٦", "JO", "+962790123456"),
        ("٠٠٩٦٢ ٧٩ ٠١٢ ٣٤٥٦", "", "+962790123456"),
        ("010 1234 5678 转 8001", "CN", "+861012345678 ext. 8001"),
        ("+1 202-555-0100, ext. 42", "", "+12025550100 ext. 42"),
        ("(202) 555-0100x42", "", "2025550100 ext. 42"),
        # What is no number of that country, or of none that we know, stays as somebody typed it.
        ("6512 3456", "CN", "65123456"),
        ("010-1234 5678-8001", "CN", "010123456788001"),
        ("+86 10 1234", "CN", "+86101234"),
        ("2212 3456", "AQ", "22123456"),
    ],
)
def test_a_telephone_number_is_dialled_with_the_code_of_its_country(app: Flask, typed: str, country: str, number: str):
    kept = clean(question("phone"), {"typed": typed, "country": country})
    assert kept == {"typed": typed, "number": number}
    assert clean(question("phone"), kept) == kept


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.text("0123456789٣９ +-()./", min_size=6, max_size=24),
    extension=st.sampled_from(["", "x7", " 转 8001"]),
    country=st.sampled_from(["CN", "CH", "IT", "RU", "US", "NP", "AR", "MX", "HU", "BY", "JP", "AQ", ""]),
)
def test_a_telephone_number_that_was_read_once_reads_the_same_again(
    app: Flask, number: str, extension: str, country: str
):
    phone, typed = question("phone"), tidy(number + extension)
    try:
        kept = clean(phone, {"typed": typed, "country": country})
    except Invalid:
        reject()
    assert (clean(phone, kept), kept["typed"]) == (kept, typed)
    if kept["number"].startswith("+"):
        assert clean(phone, {"typed": kept["number"], "country": country})["number"] == kept["number"]


@pytest.mark.parametrize("kind", ["short_text", "choice_one", "choice_many", "number", "consent", "file", "phone"])
@pytest.mark.parametrize("given", [None, "", "   ", []])
def test_nothing_is_no_answer(app: Flask, kind: str, given: Any):
    assert clean(question(kind), given) is None


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("short_text", "x" * 301),
        ("short_text", ["x"]),
        ("long_text", "x" * 5001),
        ("choice_one", "o3"),
        ("choice_one", ["o1"]),
        ("choice_many", ["o1", "o3"]),
        ("choice_many", [["o1"]]),
        ("yes_no", "maybe"),
        ("number", "three"),
        ("number", "1e9"),
        ("number", "1.2.3"),
        ("date", "2019-02-30"),
        ("date", "23 October"),
        ("date", "0019-10-23"),
        ("country", "XX"),
        ("organisation", "x" * 201),
        ("organisation", {"name": 3}),
        ("phone", "1234"),
        ("phone", "call me"),
        ("phone", "1-800-FLOWERS"),
        ("phone", "010 1234 5678 ext."),
        ("phone", "1" * 21),
        ("file", "a.pdf"),
        ("consent", digest("Something else")),
        ("consent", ["x"]),
    ],
)
def test_what_cannot_be_is_refused_in_words(app: Flask, kind: str, given: Any):
    asked = question(kind)
    with app.test_request_context("/en/"), pytest.raises(Invalid) as refusal:
        clean(asked, given)
    assert refusal.value.field == asked.field_name
    assert refusal.value.message.endswith(".")
