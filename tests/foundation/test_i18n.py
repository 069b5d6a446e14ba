"""Texts in two languages, and how dates and zones read in each."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from flask import g
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pypinyin import lazy_pinyin

from eventhub.foundation import clock, i18n
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated

languages = st.sampled_from(sorted(LOCALES))
translated = st.builds(
    lambda source, texts: Translated(source=source).edited(texts),
    languages,
    st.dictionaries(languages, st.text(max_size=20)),
)


def test_a_text_is_read_in_the_wanted_language_else_in_its_own_else_in_any():
    both = Translated.of(en="Workshop", zh="研讨会")
    assert (both.in_("zh"), both.in_("zh").lang, both.in_("zh").is_fallback) == ("研讨会", "zh", False)
    english = Translated.of(en="Workshop")
    assert (english.in_("zh"), english.in_("zh").lang, english.in_("zh").is_fallback) == ("Workshop", "en", True)
    # The source text was taken away, its translation is still there.
    orphan = Translated("en", {"en": "", "zh": "研讨会"})
    assert (orphan.in_("en"), orphan.in_("en").lang, orphan.in_("en").is_fallback) == ("研讨会", "zh", True)
    assert (EMPTY.in_("zh"), EMPTY.in_("zh").lang, EMPTY.in_("zh").is_fallback) == ("", "zh", False)


def test_a_translation_goes_stale_when_its_source_is_edited():
    text = Translated.of(en="Workshop", zh="研讨会")
    assert (text.freshness("en"), text.freshness("zh")) == ("fresh", "fresh")
    edited = text.edited({"en": "Big workshop"})
    assert (edited.freshness("en"), edited.freshness("zh")) == ("fresh", "stale")
    assert edited.in_("zh") == "研讨会", "a stale translation is still shown"
    # Saving the form again, with the translation untouched, makes nothing fresh.
    again = edited.edited({"en": "Big workshop", "zh": "研讨会"})
    assert again.freshness("zh") == "stale"
    assert again.edited({"zh": "大型研讨会"}).freshness("zh") == "fresh"
    # Back to the words it was made from, it is right again.
    assert edited.edited({"en": "Workshop"}).freshness("zh") == "fresh"


def test_what_is_emptied_is_missing():
    text = Translated.of(en="Workshop", zh="研讨会").edited({"zh": "  "})
    assert (text.freshness("zh"), text.texts) == ("missing", {"en": "Workshop"})
    assert not text.edited({"en": ""})
    assert not EMPTY
    assert text


def test_a_review_holds_until_the_translation_is_written_anew():
    reviewed = Translated("en", {"en": "A", "zh": "甲"}, {"zh": i18n.digest("A")}, {"zh": "reviewed"})
    assert reviewed.edited({"en": "B"}).state == {"zh": "reviewed"}
    assert reviewed.edited({"zh": "乙"}).state == {}


def test_texts_may_be_written_in_chinese_first():
    text = Translated.of("zh", zh="研讨会", en="Workshop").edited({"zh": "大型研讨会"})
    assert (text.source, text.freshness("en"), text.freshness("zh")) == ("zh", "stale", "fresh")
    assert Translated.of("zh", zh="研讨会").in_("en").lang == "zh"


@given(translated)
def test_a_text_comes_back_from_the_database_as_it_was(text):
    assert Translated.from_json(text.as_json()) == text


@given(translated, languages, st.text(max_size=20))
def test_editing_one_language_leaves_the_others_as_they_were(text, lang, written):
    edited = text.edited({lang: written})
    for other in LOCALES:
        if other != lang:
            assert edited.texts.get(other) == text.texts.get(other)
    assert edited.edited({lang: written}) == edited


def test_dates_read_as_each_language_writes_them():
    moment = datetime(2019, 10, 23, 14, 5)
    assert i18n.format_moment(moment, "en") == "Wednesday 23 October 2019, 14:05"
    assert i18n.format_moment(moment, "zh") == "2019年10月23日 星期三 14:05"
    assert i18n.format_day(moment, "en", short=True) == "Wed 23 Oct"
    assert i18n.format_day(moment, "zh", short=True) == "10月23日 周三"
    assert i18n.format_month(moment, "en") == "October 2019"
    assert i18n.format_month(moment, "zh") == "2019年10月"
    assert i18n.format_clock(datetime(2019, 10, 23, 0, 5)) == "00:05"


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        ((2019, 10, 23), (2019, 10, 23), "Wednesday 23 October 2019", "2019年10月23日 星期三"),
        ((2019, 10, 23), (2019, 10, 24), "23–24 October 2019", "2019年10月23日至24日"),
        ((2019, 10, 30), (2019, 11, 2), "30 October – 2 November 2019", "2019年10月30日至11月2日"),
        ((2019, 12, 30), (2020, 1, 2), "30 December 2019 – 2 January 2020", "2019年12月30日至2020年1月2日"),
    ],
)
def test_days_are_told_without_what_repeats(first, last, english, chinese):
    assert i18n.format_days(date(*first), date(*last), "en") == english
    assert i18n.format_days(date(*first), date(*last), "zh") == chinese


def test_zones_are_called_after_cities():
    at = datetime(2020, 2, 3, 13, 5, tzinfo=UTC)
    assert i18n.zone_label("Asia/Shanghai", "en") == "Beijing time"
    assert i18n.zone_label("Asia/Shanghai", "zh", at) == "北京时间（UTC+08）"
    assert i18n.zone_label("Europe/Zurich", "en", at) == "Geneva time (UTC+01)"
    assert i18n.zone_label("Europe/Zurich", "zh", at.replace(month=7)) == "日内瓦时间（UTC+02）"
    assert i18n.zone_label("Asia/Kathmandu", "en", at) == "Kathmandu time (UTC+05:45)"
    assert i18n.zone_label("America/St_Johns", "en", at) == "St John’s time (UTC-03:30)"
    assert i18n.zone_label("Africa/Accra", "zh", at) == "阿克拉时间（UTC+00）"


@pytest.mark.parametrize("lang", sorted(LOCALES))
def test_every_zone_has_a_name(lang):
    labels = {name: i18n.zone_label(name, lang) for name in clock.zone_names()}
    assert all(labels.values())
    assert not any("_" in label or "/" in label for label in labels.values())


def test_no_chinese_name_of_a_zone_that_people_use_has_english_in_it():
    for name in ("Asia/Shanghai", "Europe/Zurich", "Asia/Jakarta", "Europe/Istanbul", "America/New_York", "Asia/Dhaka"):
        assert not re.search("[A-Za-z]", i18n.zone_label(name, "zh"))


def test_chinese_readers_find_countries_by_pinyin_after_their_own():
    names = i18n.countries("zh")
    first, others = list(names.values())[:4], list(names.values())[4:]
    assert first == ["中国", "中国香港", "中国澳门", "中国台湾"]
    assert others == sorted(others, key=lazy_pinyin)
    assert names.keys() == i18n.countries("en").keys()
    assert (names["FK"], i18n.country_name("FK", "en")) == ("马尔维纳斯群岛（福克兰群岛）", "Falkland Islands")
    assert list(i18n.countries("en").values())[:3] == ["Afghanistan", "Åland Islands", "Albania"]


@pytest.mark.parametrize(
    ("wishes", "lang"),
    [
        (["zh-CN", "en"], "zh"),
        (["zh_Hant_TW"], "zh"),
        (["yue-HK"], "zh"),
        (["fr", "de-CH", "en-GB", "zh"], "en"),
        (["fr"], "zh"),
        ([], "zh"),
        (["*", "", "zhx"], "zh"),
        (["EN"], "en"),
    ],
)
def test_a_browsers_wish_leads_to_one_of_our_languages(wishes, lang):
    assert i18n.wished_locale(wishes, default="zh") == lang


def test_the_language_is_the_one_of_the_pages_address(app):
    with app.test_request_context("/zh/"):
        app.preprocess_request()
        g.lang = "zh"
        assert i18n.language() == "zh"
        assert i18n.format_day(date(2019, 10, 23)).startswith("2019年")


@pytest.mark.parametrize(
    ("sentence", "values", "wanted"),
    [
        ("Tomas Lindqvist改为远程参与。", ["Tomas Lindqvist"], "Tomas Lindqvist 改为远程参与。"),
        ("王芳改为远程参与。", ["王芳"], "王芳改为远程参与。"),
        ("会议室由Room 2改为3号厅A。", ["Room 2", "3号厅A"], "会议室由 Room 2 改为 3号厅A。"),
        ("请填写Émilie的邮箱。", ["Émilie"], "请填写 Émilie 的邮箱。"),
        ("新增主持人：Ana（远程）。", ["Ana", ""], "新增主持人：Ana（远程）。"),
        ("A.C.M.E.邀请您参加", ["A.C.M.E."], "A.C.M.E.邀请您参加"),
        ("COVID应对组邀请您", ["COVID应对组"], "COVID应对组邀请您"),
    ],
)
def test_in_chinese_a_space_stands_where_a_value_brings_another_script(app, sentence, values, wanted):
    with app.test_request_context("/"):
        g.lang = "zh"
        assert i18n.spaced(sentence, *values) == wanted
        assert i18n.spaced(wanted, *values) == wanted
        g.lang = "en"
        assert i18n.spaced(sentence, *values) == sentence


def test_what_is_markup_stays_so_when_it_is_spaced(app):
    with app.test_request_context("/"):
        g.lang = "zh"
        said = i18n.spaced(Markup("{}邀请您参加").format("Care & Co"), "Care & Co")
        assert isinstance(said, Markup)
        assert said == "Care &amp; Co 邀请您参加"


def test_an_hour_that_exists_twice_says_which_it_is():
    zone, twice = "Europe/Zurich", datetime(2027, 10, 31, 2, 30)
    told = [
        [i18n.format_clock(twice.replace(fold=fold), of, lang) for fold in (0, 1) for of in (zone, None)]
        for lang in ("en", "zh")
    ]
    assert told == [
        ["02:30 (UTC+02)", "02:30", "02:30 (UTC+01)", "02:30 (second time)"],
        ["02:30（UTC+02）", "02:30", "02:30（UTC+01）", "02:30（第二次）"],
    ]
    assert i18n.format_clock(twice, "Asia/Shanghai", "en") == "02:30"
    assert i18n.format_clock(datetime(2027, 4, 4, 1, 45, fold=1), "Australia/Lord_Howe", "en") == "01:45 (UTC+10:30)"
    last = twice.replace(fold=1)
    assert i18n.format_zoned(last, zone, "en") == "Sunday 31 October 2027, 02:30 Geneva time (UTC+01)"
    assert i18n.format_zoned(last, zone, "zh") == "2027年10月31日 星期日 02:30（日内瓦时间，UTC+01）"
    assert i18n.format_zoned(last.replace(day=30), zone, "en") == "Saturday 30 October 2027, 02:30 Geneva time"
