"""What is set to be printed."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import get_flashed_messages
from pypdf import PdfReader

from eventhub.foundation import documents, typesetter
from eventhub.foundation.errors import Unavailable
from tests.conftest import on_sqlite

MOMENT = datetime(2026, 11, 26, tzinfo=UTC)
TEMPLATE = """
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title, date: auto)
#set text(font: d.fonts.zh)
#d.title
"""


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template of ours."""
    monkeypatch.setattr(documents, "resource", lambda _: tmp_path)
    path = tmp_path / "note.typ"
    path.write_text(TEMPLATE)
    return path


def typeset(app: Any, values: dict[str, Any], of: datetime = MOMENT) -> bytes:
    with app.test_request_context("/en/"):
        return documents.typeset("note.typ", values, of)


@on_sqlite
def test_the_same_values_give_the_same_bytes(session_app, template):
    first = typeset(session_app, {"title": "说明"})
    assert first.startswith(b"%PDF-")
    assert typeset(session_app, {"title": "说明"}) == first
    assert typeset(session_app, {"title": "说明"}, MOMENT + timedelta(days=1)) != first


@on_sqlite
def test_what_is_typed_is_never_read_as_an_order(session_app, template):
    assert typeset(session_app, {"title": '#read("/etc/passwd") #import "@preview/a:1.0.0"'})


@on_sqlite
def test_a_template_reaches_no_file_but_its_neighbours(session_app, template):
    template.write_text('#read("../secret.txt")')
    (template.parent.parent / "secret.txt").write_text("secret")
    with pytest.raises(RuntimeError, match=r"note\.typ"):
        typeset(session_app, {})


@on_sqlite
def test_without_a_font_for_chinese_nothing_is_set_and_the_reader_is_told(session_app, template, monkeypatch):
    monkeypatch.setattr(
        documents.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], typesetter.NO_FONT)
    )
    with pytest.raises(Unavailable, match="no font for Chinese"):
        typeset(session_app, {})


@on_sqlite
def test_what_takes_too_long_is_given_up(session_app, template, monkeypatch):
    monkeypatch.setattr(documents, "_LONGEST_RUN", 0.01)
    with pytest.raises(Unavailable, match="too long"):
        typeset(session_app, {"title": "Slow"})
    monkeypatch.setattr(documents, "_LONGEST_RUN", 60)
    assert typeset(session_app, {"title": "The next one is set"})


@on_sqlite
def test_what_takes_more_memory_than_it_may_is_refused_in_words(session_app, template, monkeypatch):
    monkeypatch.setattr(documents.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], -6))
    with pytest.raises(Unavailable, match="too large"):
        typeset(session_app, {})


@on_sqlite
def test_one_is_set_at_a_time_and_who_waits_too_long_is_told(session_app, template, monkeypatch):
    monkeypatch.setattr(documents, "_LONGEST_WAIT", 0.2)
    begun, go_on = threading.Event(), threading.Event()

    def run(*_: Any, **__: Any) -> Any:
        begun.set()
        go_on.wait(10)
        return subprocess.CompletedProcess([], 0, b"%PDF-", b"")

    monkeypatch.setattr(documents.subprocess, "run", run)
    first = threading.Thread(target=typeset, args=(session_app, {}))
    first.start()
    assert begun.wait(10)
    with pytest.raises(Unavailable, match="Other documents"):
        typeset(session_app, {})
    go_on.set()
    first.join(10)
    assert typeset(session_app, {}) == b"%PDF-"


def test_the_machine_says_whether_it_has_a_font():
    said = subprocess.run([sys.executable, "-m", "eventhub.foundation.typesetter", "--has-font"], check=False)
    assert (said.returncode == 0) == (typesetter.fonts([])[0] is not None)
    assert documents.chinese_font()
    assert "Noto Sans CJK SC" in documents.wanted_fonts()


@on_sqlite
def test_only_one_waits_for_the_press_and_others_are_told_at_once(session_app, template, monkeypatch):
    """Whoever asks for many documents at a time keeps two threads of the site, and not all of them."""
    goes, done = threading.Event(), []
    finished = subprocess.CompletedProcess([], 0, b"%PDF-")

    def run(*_: Any, **__: Any) -> Any:
        goes.wait(10)
        return finished

    def ask() -> None:
        try:
            done.append(typeset(session_app, {}))
        except Unavailable:
            done.append(b"")

    monkeypatch.setattr(documents.subprocess, "run", run)
    asking = [threading.Thread(target=ask) for _ in range(6)]
    for one in asking:
        one.start()
    for one in asking:
        one.join(0.3)
    assert done == [b""] * 4
    goes.set()
    for one in asking:
        one.join()
    assert sorted(done) == [b""] * 4 + [b"%PDF-"] * 2


@on_sqlite
def test_a_sign_stands_for_a_character_that_no_font_has_and_the_asker_is_told(session_app, template):
    template.write_text(TEMPLATE + "#for one in d.people [#one ]")
    people = ["王芳", "Ann \U0001e900", "龑䶮𠮷 é ạ\u0308 Ж می\u200cخواهم שלום"]
    with session_app.test_request_context("/en/"):
        values = {"title": "\U00013000\ufe0f", "people": people}
        answer = documents.as_answer("note.typ", values, MOMENT, "note")
        told = get_flashed_messages()
    page = PdfReader(io.BytesIO(answer.data)).pages[0]
    text = page.extract_text()
    assert [word in text for word in ("王芳", "Ann □", "龑䶮𠮷", "\U0001e900")] == [True, True, True, False]
    fonts = [one.get_object() for one in page["/Resources"]["/Font"].values()]
    assert all("/FontDescriptor" in one["/DescendantFonts"][0].get_object() for one in fonts)
    assert len(told) == 1
    assert "characters: \U00013000 \U0001e900. In the document □ stands for them, in: \U00013000" in told[0]
    assert "Ann \U0001e900" in told[0]
    assert "王芳" not in told[0]
    with session_app.test_request_context("/en/"):
        documents.as_answer("note.typ", {"title": "All is there", "people": people[::2]}, MOMENT, "note")
        assert get_flashed_messages() == []


@on_sqlite
def test_another_fault_of_a_template_is_none_of_a_font(session_app, template):
    template.write_text("#panic()")
    with pytest.raises(RuntimeError, match="panicked"):
        typeset(session_app, {})


def test_escaped_characters_are_read_from_what_the_typesetter_says():
    said = 'PDF/A-2b error: the text `"\\u{200d}"` could not be displayed with font `"A"`'
    assert typesetter.missing_in(f"{said}\n{said}") == ["\u200d"]
    assert typesetter.missing_in("error: panicked") == []
