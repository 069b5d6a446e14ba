"""Names in two scripts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.people.names import Names, closed_up, names_from, pinyin_of, plain, split_han, tidy

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PARTS = st.builds(
    Names, family=ANY, given=ANY, family_first=st.booleans(), han_family=st.text(HAN, max_size=2),
    han_given=st.text(HAN, max_size=2), pinyin=ANY,
)  # fmt: skip

SURNAMES = [
    ("单", "晓兰", "Shan Xiaolan"), ("曾", "国", "Zeng Guo"), ("仇", "英", "Qiu Ying"), ("解", "珍", "Xie Zhen"),
    ("查", "良", "Zha Liang"), ("区", "明", "Ou Ming"), ("朴", "仁", "Piao Ren"), ("盖", "聂", "Ge Nie"),
    ("乐", "毅", "Yue Yi"), ("任", "静", "Ren Jing"), ("华", "佗", "Hua Tuo"),
    ("欧阳", "志远", "Ouyang Zhiyuan"), ("尉迟", "恭", "Yuchi Gong"),
    ("万俟", "卨", "Moqi Xie"), ("王", "芳", "Wang Fang"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "given_name", "spelt"), SURNAMES)
def test_a_surname_is_read_as_a_surname(family, given_name, spelt):
    assert pinyin_of(family, given_name) == spelt
    assert names_from(family + given_name) == Names(han_family=family, han_given=given_name, pinyin=spelt)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("欧阳修", ("欧阳", "修")), ("欧阳", ("欧", "阳")), ("司马相如", ("司马", "相如")), ("王 芳", ("王", "芳")),
        ("王　芳", ("王", "芳")), ("芳", ("芳", "")), ("", ("", "")),
    ],
)  # fmt: skip
def test_a_chinese_name_is_parted_after_its_family_name(typed, parts):
    assert split_han(typed) == parts


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Ignacio Packer", Names(given="Ignacio", family="Packer")),
        ("Suharto", Names(family="Suharto")),
        ("  Anna  Maria   Rossi ", Names(given="Anna Maria", family="Rossi")),
        ("Jose\u0301 Pe\u0301rez", Names(given="José", family="Pérez")),
        ("Jose\u200b\u0301", Names(family="José")),
        ("Wang\u200b Fang\ufeff", Names(given="Wang", family="Fang")),
        ("Wang 芳", Names(given="Wang", family="芳")),
        ("", Names()),
    ],
)
def test_a_name_in_one_field_is_read_into_its_parts(typed, names):
    assert names_from(typed) == names


@pytest.mark.parametrize(
    ("names", "en", "zh", "other_in_en", "other_in_zh"),
    [
        (Names(family="Packer", given="Ignacio"), "Ignacio Packer", "Ignacio Packer", "", ""),
        (Names(han_family="王", han_given="芳", pinyin="Wang Fang"), "Wang Fang", "王芳", "王芳", "Wang Fang"),
        (
            Names(family="Wong", given="Fong", family_first=True, han_family="王", han_given="芳", pinyin="Wang Fang"),
            "Wong Fong", "王芳", "王芳", "Wong Fong",
        ),
        (Names(han_family="芳"), "芳", "芳", "", ""),
        (Names(), "", "", "", ""),
    ],
)  # fmt: skip
def test_a_name_is_shown_in_the_reader_s_script_with_the_other_beside_it(names, en, zh, other_in_en, other_in_zh):
    assert (names.in_("en"), names.in_("zh")) == (en, zh)
    assert (names.other("en"), names.other("zh")) == (other_in_en, other_in_zh)


def test_people_are_in_the_order_of_their_family_names_whatever_the_script():
    people = [
        names_from(name) for name in ("刘伟", "单晓兰", "张三", "李娜", "Émile Zola", "Ａｎｎａ Adams", "Elif Demirci")
    ]
    order = [names.in_("zh") for names in sorted(people, key=lambda names: names.sort_key)]
    assert order == ["Ａｎｎａ Adams", "Elif Demirci", "李娜", "刘伟", "单晓兰", "张三", "Émile Zola"]


@given(PARTS)
def test_a_name_is_shown_and_sorted_whatever_it_is_made_of(names):
    for lang in ("en", "zh"):
        assert bool(names.in_(lang)) or not names
        assert names.other(lang) != names.in_(lang) or names.other(lang) == ""
    assert names.sort_key == plain(names.sort_key)


@given(ANY)
def test_a_typed_name_loses_nothing_that_is_seen(typed):
    once = tidy(typed)
    assert tidy(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not {unicodedata.category(c) for c in once if c not in "\u200c\u200d"} & {"Cc", "Cf"}
    kept = [c for c in unicodedata.normalize("NFD", typed) if unicodedata.category(c)[0] in "LNP"]
    assert sorted(c for c in unicodedata.normalize("NFD", once) if unicodedata.category(c)[0] in "LNP") == sorted(kept)


@given(st.text(HAN, min_size=1, max_size=4))
def test_every_chinese_name_has_a_family_name_and_a_spelling(name):
    family, given_name = split_han(name)
    assert family
    assert family + given_name == name
    assert pinyin_of(family, given_name)


@given(ANY)
def test_reading_a_name_never_fails(typed):
    names = names_from(typed)
    assert bool(names) == bool(tidy(typed))


def test_a_name_without_han_has_no_pinyin():
    assert pinyin_of("Packer", "Ignacio") == ""


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("王 芳", "王芳"),
        (" 欧阳  明远 ", "欧阳明远"),
        ("Wang  Fang", "Wang Fang"),
        ("王芳 Wang Fang", "王芳 Wang Fang"),
    ],
)
def test_a_chinese_name_is_written_without_a_space(typed, written):
    assert closed_up(typed) == written
