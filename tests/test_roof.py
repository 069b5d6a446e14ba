"""The commands that look after a site: what the doctor sees, and what the catalogue lacks."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from eventhub.app import create_app
from eventhub.catalogue import problems
from eventhub.config import load_settings, resource
from eventhub.doctor import examine
from eventhub.foundation import clock, web
from eventhub.foundation.files import StoredFile
from eventhub.foundation.work import OutboxRow

ROOT = Path(__file__).parent.parent


def found(app: Flask) -> dict[str, tuple[bool, str]]:
    """What the doctor says, by check."""
    return {name: (is_good, text) for name, is_good, text in examine(app)}


def test_a_site_that_is_well(app: Flask):
    results = found(app)
    assert {name for name, (is_good, _) in results.items() if not is_good} == set()
    assert results["migrations"][1].startswith("at ")


def test_front_end_files_that_were_not_installed_are_named(app: Flask, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(web, "STATIC", tmp_path)
    is_good, text = found(app)["pages"]
    assert not is_good
    assert "vendor/event-calendar.min.js" in text
    assert "vendor/qr-reader.js" in text
    assert "make assets" in text


def test_work_that_nobody_does_is_seen(app: Flask, save):
    save(OutboxRow(kind="letter", key="k", payload={}, due_at=clock.now().replace(year=2020)))
    is_good, text = found(app)["queue"]
    assert not is_good
    assert "eventhub worker" in text


def test_a_letter_to_all_that_was_given_up_is_seen(app: Flask, save):
    save(OutboxRow(kind="letter_to_all", key="k", payload={}, state="failed"))
    is_good, text = found(app)["queue"]
    assert not is_good
    assert "1 letters to many" in text


def test_a_database_without_its_files_is_seen(app: Flask, save):
    row = StoredFile(kind="photo", owner_id=uuid4(), name="a.jpg", media_type="image/jpeg", size=1, sha256="")
    save(row)
    is_good, text = found(app)["files"]
    assert not is_good
    assert "the bytes of 1 files are gone" in text


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        ({"base_url": "http://events.example.org"}, "settings"),
        ({"base_url": "https://events.example.org"}, "mail"),
        ({"mail_url": "smtp://127.0.0.1:9"}, "mail"),
        ({"redis_url": "redis://127.0.0.1:9/0"}, "queue"),
        ({}, "migrations"),
    ],
)
def test_what_is_not_well_is_named(tmp_path: Path, settings: dict[str, str], check: str):
    app = create_app(load_settings(data_dir=tmp_path, secret_key="s" * 40, **settings))
    is_good, text = found(app)[check]
    assert not is_good
    assert text


def test_the_chinese_catalogue_says_all_that_the_english_does():
    assert list(problems(resource("translations").parent)) == []


def test_a_catalogue_that_lacks_something_says_what(tmp_path: Path):
    (tmp_path / "translations" / "zh" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "eventhub").mkdir()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    said = ["New", "Empty", "%(n)s places", "Its owner's", "It is open.", "See “it is open.”", "No.", "It is shut."]
    (tmp_path / "eventhub" / "a.py").write_text("".join(f'_("{one}"); ' for one in said))
    entries = {
        "Empty": "",
        "%(n)s places": "名额",
        "Its owner's": "其",
        "It is open.": "开放",
        "No.": "序号",
        "Old": "旧",
    }
    entries |= {"See “it is open.”": "见“开放”", "It is shut.": "已关闭。"}
    text = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    text += "".join(f'msgid "{key}"\nmsgstr "{value}"\n\n' for key, value in entries.items())
    (tmp_path / "translations" / "zh" / "LC_MESSAGES" / "messages.po").write_text(text)
    assert [problem.split(":")[0] for problem in problems(tmp_path)] == [
        "not in the catalogue",
        "not translated",
        "other placeholders than the English",
        "a straight apostrophe",
        "a sentence without its full stop",
        "a sentence without its full stop",
        "no longer said anywhere",
    ]
