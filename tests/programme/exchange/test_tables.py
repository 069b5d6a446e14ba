"""Tables of sessions: CSV and XLSX."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import xlsxwriter

from eventhub.foundation.errors import Unreadable
from eventhub.programme.exchange.entries import Problem
from eventhub.programme.exchange.tables import COLUMNS

NINE = datetime(2027, 3, 10, 9)


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm"})
    sheet, lasting = book.add_worksheet(), book.add_format({"num_format": "[h]:mm"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and not cell.startswith("="):
                sheet.write_string(number, column, cell)
            elif isinstance(cell, timedelta):
                sheet.write_datetime(number, column, cell, lasting)
            elif cell is not None:
                sheet.write(number, column, cell)
    book.close()
    return file.getvalue()


ENGLISH = (
    "id,title_en,title_zh,starts,ends,room,track,kind,language,speakers,abstract_en,abstract_zh\n"
    'A1,Opening,开幕,2027-03-10 09:00,10:30,Hall,Relief,panel,zh,"Ann Adams (Network); 王芳（机构）; Bo",'
    '"One\n\ntwo",一\n'
)
CHINESE = (
    "编号;英文标题;中文标题;开始时间;结束时间;会议室;专题;类型;语言;讲者;英文摘要;中文摘要\n"
    "A1;Opening;开幕;2027年3月10日 9:00;2027年3月10日 10:30;Hall;Relief;圆桌讨论;中文;"
    '"Ann Adams (Network)；王芳（机构）；Bo";"One\n\ntwo";一\n'
)


HEADINGS = ENGLISH.partition("\n")[0].split(",")
TABBED = (
    "\t".join(HEADINGS) + "\nA1\tOpening\t开幕\t2027/3/10 9:00\t10:30\tHall\tRelief\tPanel discussion\tChinese\t"
    'Ann Adams (Network); 王芳（机构）; Bo\t"One\n\ntwo"\t一'
)
IN_CELLS: list[Any] = [
    "A1", "Opening", "开幕", NINE, time(10, 30), "Hall", "Relief", "panel", "zh",
    "Ann Adams (Network); 王芳（机构）; Bo", "One\n\ntwo", "一",
]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        ENGLISH.encode(),
        ENGLISH.encode("utf-8-sig"),
        ENGLISH.replace("\n", "\r\n").encode(),
        ENGLISH.replace("\n", "\r").encode(),
        CHINESE.encode(),
        TABBED.encode("utf-16"),
        workbook([list(HEADINGS), IN_CELLS]),
    ],
    ids=["utf-8", "mark", "windows", "old mac", "chinese", "utf-16", "xlsx"],
)
def test_every_way_of_writing_a_table_says_the_same(one, data):
    entry = one(data)
    assert (entry.key, entry.title.texts, entry.kind, entry.language) == (
        "A1",
        {"en": "Opening", "zh": "开幕"},
        "panel",
        "zh",
    )
    assert (entry.starts, entry.ends) == (NINE, NINE + timedelta(minutes=90))
    assert (entry.room, entry.track) == ("Hall", "Relief")
    assert entry.abstract and entry.abstract.texts == {"en": "One\n\ntwo", "zh": "一"}
    assert [(one.name.texts, one.affiliation and one.affiliation.texts) for one in entry.people or ()] == [
        ({"en": "Ann Adams"}, {"en": "Network"}), ({"zh": "王芳"}, {"zh": "机构"}), ({"en": "Bo"}, None),
    ]  # fmt: skip


def test_gb18030_is_read_and_told(read_file):
    reading = read_file(CHINESE.encode("gb18030"))
    assert reading.entries[0].title.texts["zh"] == "开幕"
    assert reading.problems == (Problem(0, "encoding"),)


@pytest.mark.parametrize(
    ("hours", "starts", "ends"),
    [
        ("2027-03-10 09:00,,90", NINE, NINE + timedelta(minutes=90)),
        ("2027-03-10T09:00+08:00,,1:30", NINE, NINE + timedelta(minutes=90)),
        ("2027-03-10T01:00Z,2027-03-10T02:30Z,", NINE, NINE + timedelta(minutes=90)),
        ("2027.3.10 9:00,2027.3.11 1:00,", NINE, datetime(2027, 3, 11, 1)),
        ("2027年3月10日 9时,,1小时30分钟", NINE, NINE + timedelta(minutes=90)),
        ("２０２７-０３-１０ ９：００,,45 min", NINE, NINE + timedelta(minutes=45)),
        (",,", None, None),
    ],
)
def test_hours_are_written_in_many_ways(one, hours, starts, ends):
    entry = one(f"title,starts,ends,duration\nOpening,{hours}\n")
    assert (entry.starts, entry.ends) == (starts, ends)


@pytest.mark.parametrize(
    ("hours", "what"),
    [
        ("3/4/2027 9:00,,90", "no_start"),
        ("2027-03-10,,90", "no_start"),
        ("2027-02-30 09:00,,90", "no_start"),
        ("soon,,90", "no_start"),
        ("2027-03-10 09:00,,", "no_end"),
        ("2027-03-10 09:00,later,", "bad_end"),
        ("2027-03-10 09:00,,a while", "bad_duration"),
        ("2027-03-10 09:00,08:00,", "end_before_start"),
        ("2027-03-10 09:00,,0", "end_before_start"),
        ("1969-03-10 09:00,,90", "out_of_reach"),
        ("0001-01-01T00:00+14:00,,90", "out_of_reach"),
        ("9999-12-31T23:59-12:00,,90", "out_of_reach"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_told_with_their_line(read_file, hours, what):
    reading = read_file(f"title,starts,ends,duration\nFine,2027-03-10 09:00,,90\n\nOpening,{hours}\n")
    assert [(problem.line, problem.what) for problem in reading.problems] == [(4, what)]
    assert [entry.title.in_("en") for entry in reading.entries] == ["Fine"]


def test_the_nights_on_which_clocks_change(read_file):
    reading = read_file(
        "title,starts,duration\nSkipped,2027-03-28 02:30,60\nTwice,2027-10-31 02:30,60\n", "Europe/Zurich"
    )
    assert [(problem.line, problem.what) for problem in reading.problems] == [(2, "skipped"), (3, "twice")]
    assert [entry.title.in_("en") for entry in reading.entries] == ["Twice"]


def test_lines_are_counted_over_cells_of_several_lines(read_file):
    reading = read_file('title,starts\n"One\n\n\n",2027-03-10\nTwo,x\n')
    assert [problem.line for problem in reading.problems] == [2, 6]


def test_what_is_not_known_is_told_once(read_file):
    reading = read_file("title,kind,colour\nA,devroom,red\nB,devroom,blue\n")
    assert reading.problems == (Problem(1, "column", "colour"), Problem(2, "kind", "devroom", "A"))
    assert [entry.kind for entry in reading.entries] == [None, None]


def test_ids_are_known_once(read_file):
    reading = read_file(f"id,title\n1,A\n1,B\n{'x' * 201},C\n,D\n,E\n")
    assert [(problem.line, problem.what) for problem in reading.problems] == [(3, "same_key"), (4, "long_key")]
    assert len(reading.entries) == 3


def test_formulas_are_text(one):
    entry = one(workbook([["title", "abstract"], ["=1+1", '=HYPERLINK("http://x.example")']]))
    assert entry.title.in_("en") == "=1+1"
    assert one("title,abstract\n=1+1,\"=cmd|' /C calc'!A0\"\n").title.in_("en") == "=1+1"


def with_other(data: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with something else in one of its parts."""
    before, after = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(after, "w") as archive:
        for name in before.namelist():
            text = before.read(name).decode()
            assert name != f"xl/{part}.xml" or old in text
            archive.writestr(name, text.replace(old, new) if name == f"xl/{part}.xml" else text)
    return after.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("sharedStrings", "<t>Opening</t>", "<r><t>Open</t></r><r><rPr><b/></rPr><t>ing</t></r><rPh><t>x</t></rPh>"),
        ("worksheets/sheet1", '<c r="A2" t="s"><v>3</v></c>', '<c r="A2" t="inlineStr"><is><t>Opening</t></is></c>'),
        ("worksheets/sheet1", '<c r="A2" t="s"><v>3</v></c>', '<c t="str"><v>Opening</v></c>'),
        ("worksheets/sheet1", '<row r="2"', '<row r="7"'),
        ("styles", 'formatCode="yyyy', 'formatCode="[$-804]yyyy&quot;年&quot;'),
        ("styles", 'numFmtId="164"', 'numFmtId="57"'),
    ],
)
def test_other_ways_of_writing_a_workbook(one, part, old, new):
    entry = one(with_other(workbook([["title", "starts", "duration"], ["Opening", NINE, "1:30"]]), part, old, new))
    assert (entry.title.in_("en"), entry.starts, entry.ends) == ("Opening", NINE, NINE + timedelta(minutes=90))


def test_days_are_counted_from_1904_where_the_workbook_says_so(one):
    told = workbook([["title", "starts", "duration"], ["Opening", NINE, "1:30"]])
    told = with_other(told, "workbook", "<workbookPr", '<workbookPr date1904="1"')
    assert one(with_other(told, "worksheets/sheet1", "46456.375", "44994.375")).starts == NINE


def test_lengths_in_cells(read_file):
    rows = [["A", NINE, timedelta(hours=26)], ["B", NINE, time(1, 30)], ["C", NINE, 45]]
    told = workbook([["title", "starts", "duration"], *rows])
    lasting = [entry.ends - entry.starts for entry in read_file(told).entries]
    assert lasting == [timedelta(hours=26), timedelta(minutes=90), timedelta(minutes=45)]


def test_long_texts_are_cut_and_told(read_file):
    reading = read_file(f"title,abstract\n{'x' * 300},{'y' * 30000}\n")
    (entry,) = reading.entries
    assert len(entry.title.in_("en")) == 200
    assert len(entry.abstract.in_("en")) == 20000
    assert [problem.what for problem in reading.problems] == ["shortened", "shortened"]


def test_an_address_of_a_meeting_is_pointed_out(read_file):
    reading = read_file("title,abstract\nA,Join: https://zoom.us/j/123?pwd=x\nB,See https://zoom.us/pricing\n")
    assert reading.problems == (Problem(2, "join", "A"),)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"  \n", "The file is empty."),
        (b"a,b\n1,2\n", "The first row names no column for titles: title_en, title_zh or title."),
        (b"\xff\xff\xff", "The file is neither in UTF-8 nor in GB 18030. Save it as “CSV UTF-8”."),
        (b"title\nA\x00\n", "The file is no text: it holds marks that no table has."),
        (b'title,x\n"A,' + b"x" * 200_000, "Line 2 cannot be read: a quotation mark may be missing."),
        (b"title," + b"x," * 70 + b"\n", "The table has more than 60 columns."),
        (b"title\n" + b"A\n" * 5001, "The file has more than 5000 entries."),
        (b"\n\n\n,,\n", "The table is empty."),
        (workbook([]), "The table is empty."),
        (workbook([["a"]]), "The first row names no column for titles: title_en, title_zh or title."),
        (workbook([["title"], *[["A"]] * 5001]), "The table has more than 5000 rows."),
        (b"PK\x03\x04 and no more", "The workbook is damaged or is none."),
        (workbook([["title"], ["A"]])[:-400], "The workbook is damaged or is none."),
    ],
)
def test_what_is_no_table_is_refused_in_words(read_file, data, said):
    with pytest.raises(Unreadable) as refusal:
        read_file(data)
    assert refusal.value.message == said


def test_every_documented_heading_is_read(read_file):
    for headings in zip(*(names[:2] if len(names) > 1 else names * 2 for names in COLUMNS.values()), strict=True):
        assert not [p for p in read_file(",".join(headings) + "\n").problems if p.what == "column"]
