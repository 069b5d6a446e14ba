"""Files that people send: what is taken, what is refused in words, what is kept, and who opens it."""

from __future__ import annotations

import io
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_wtf import FlaskForm
from PIL import Image
from werkzeug.http import parse_options_header

from eventhub.app import GUARDS
from eventhub.foundation import clock, files, files_web
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.files import MEGABYTE, StoredFile
from eventhub.foundation.files_web import takes_files
from tests.conftest import on_sqlite
from tests.documents import multipart, pdf, picture, sent

pytestmark = on_sqlite

SLIDES = ("pdf", "pptx", "odp", "key")
OWNER = uuid4()


@pytest.fixture(autouse=True)
def _empty_cellar(app: Flask) -> Iterator[None]:
    yield
    for path in cellar().rglob("*"):
        if path.is_file():
            path.unlink()


def cellar() -> Path:
    return files._cellar().folder


def lying() -> set[Path]:
    """All bytes that are on our disk."""
    return {path for path in cellar().rglob("*") if path.is_file()}


@use_case
def store(actor: Actor, upload: files.Upload, kind: str = "test") -> StoredFile:
    """Keep an upload."""
    return files.store(kind, OWNER, upload)


def take(
    data: bytes, name: str = "slides.pdf", allowed: tuple[str, ...] = SLIDES, most: int = 2 * MEGABYTE
) -> StoredFile:
    with files.received(io.BytesIO(data), name, allowed, most) as upload:
        return store(SYSTEM, upload)


def take_picture(data: bytes) -> StoredFile:
    with files.received_picture(io.BytesIO(data)) as upload:
        return store(SYSTEM, upload)


def refusal(data: bytes, name: str = "slides.pdf", **options: object) -> str:
    with pytest.raises(Invalid) as caught:
        take(data, name, **options)  # type: ignore[arg-type]
    assert caught.value.field == "file"
    assert lying() == set()
    return caught.value.message


# --- what is taken -----------------------------------------------------------------------------------------


def test_a_document_is_kept_as_it_came(app):
    row = take(pdf(), "Flood response.PDF")
    assert (row.name, row.media_type, row.size) == ("Flood response.pdf", "application/pdf", len(pdf()))
    assert (row.ending, row.is_picture) == ("PDF", False)
    assert files.path_of(row).read_bytes() == pdf()


def test_bytes_lie_under_a_random_name_for_nobody_else_on_the_machine(app):
    path = files.path_of(take(pdf()))
    assert lying() == {path}
    assert (path.parent.name, UUID(path.name).version) == (path.name[:2], 4)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_refused_file_leaves_nothing(app):
    assert "is empty" in refusal(b"")
    assert "ends in .pdf and is something else" in refusal(b"<svg/>")
    assert ".pdf, .pptx" in refusal(b"<svg/>", "slides.svg")
    with pytest.raises(Invalid):
        take_picture(b"<svg/>")
    assert lying() == set()


def test_a_file_that_is_too_large_is_not_read_to_its_end(app):
    class Stream(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            self.given += size or 0
            return b"%PDF" * ((size or 0) // 4) if self.given < 20 * MEGABYTE else b""

    stream = Stream()
    with pytest.raises(Invalid, match="larger than 2 MB"), files.received(stream, "a.pdf", SLIDES, 2 * MEGABYTE):
        pytest.fail("taken")
    assert stream.given <= 3 * MEGABYTE
    assert lying() == set()


def test_a_picture_is_kept_as_two_of_our_own(app):
    row = take_picture(picture(size=(1600, 1200)))
    assert (row.name, row.media_type, row.is_picture) == ("picture.jpg", "image/jpeg", True)
    assert row.size == files.path_of(row).stat().st_size
    assert lying() == {files.path_of(row), files.path_of(row, small=True)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in lying()} == {0o600}


# --- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\boot.pdf", "boot.pdf"),
        ("C:\\Users\\wang\\slides.pdf", "slides.pdf"),
        ("a\x00b\x1b.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe.pdf", "invoicefdp.exe.pdf"),
        ("\u200b\u2066幻灯片\u2069.pdf", "幻灯片.pdf"),
        ("CON.pdf", "file CON.pdf"),
        ("nul.slides.pdf", "file nul.slides.pdf"),
        ("lpt1", "file lpt1.pdf"),
        (".pdf", "file.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("  two \n lines\t.pdf", "two lines.pdf"),
        ('a<b>:"c|d?*.pdf', "a b c d.pdf"),
        ("-rf.PDF", "rf.pdf"),
        ("e\u0301cole.pdf", "\u00e9cole.pdf"),
        ("\ud800x.pdf", "x.pdf"),
        ("slides", "slides.pdf"),
    ],
)
def test_a_name_is_shown_as_what_it_is(app, name, shown):
    assert files.tidy_name(name, "pdf") == shown


@pytest.mark.parametrize("letter", ["x", "报", "😀", "e\u0315\u0300", "/", "."])
def test_a_monstrous_name_is_cut_to_what_file_systems_take(app, letter):
    begun = time.perf_counter()
    name = files.tidy_name(letter * 4096 + ".pdf", "pdf")
    assert time.perf_counter() - begun < 0.5
    assert len(name.encode()) <= 204
    assert name.endswith(".pdf")


# --- what becomes of the bytes -----------------------------------------------------------------------------


def test_a_file_of_a_use_case_that_came_to_nothing_is_swept_after_a_day(app):
    kept = take(pdf())

    @use_case
    def fail(actor: Actor, upload: files.Upload) -> None:
        files.store("test", OWNER, upload)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), files.received(io.BytesIO(pdf()), "a.pdf", SLIDES, MEGABYTE) as upload:
        fail(SYSTEM, upload)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 1
    (orphan,) = lying() - {files.path_of(kept)}
    (cellar() / "waiting" / "killed").write_bytes(b"what a killed process left")
    files.sweep()
    assert len(lying()) == 3
    with clock.standing_at(clock.now() + timedelta(hours=25)):
        files.sweep()
    assert lying() == {files.path_of(kept)}
    assert not orphan.exists()


def test_small_pictures_are_swept_with_the_large_ones_and_kept_with_them(app):
    kept, lost = take_picture(picture()), take_picture(picture())
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(sa.delete(StoredFile).where(StoredFile.id == lost.id))
    with clock.standing_at(clock.now() + timedelta(hours=25)):
        files.sweep()
    assert lying() == {files.path_of(kept), files.path_of(kept, small=True)}


def test_a_removed_file_is_gone_and_one_whose_removal_fails_is_not(app):
    @use_case
    def remove(actor: Actor, file_id: UUID, *, fails: bool) -> None:
        row = db.session.get(StoredFile, file_id)
        assert row
        files.remove(row)
        if fails:
            raise ZeroDivisionError

    row = take_picture(picture())
    with pytest.raises(ZeroDivisionError):
        remove(SYSTEM, row.id, fails=True)
    assert len(lying()) == 2
    remove(SYSTEM, row.id, fails=False)
    assert lying() == set()
    assert db.session.get(StoredFile, row.id) is None


# --- over HTTP ---------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(app: Flask) -> Iterator[dict[str, bool]]:
    """Whether the guard lets visitors, and whether it lets members."""
    lets = {"visitor": True, "member": True}
    GUARDS["test"] = lambda actor, file: lets[actor.kind]
    yield lets
    del GUARDS["test"]


def at(row: StoredFile, name: str | None = None) -> str:
    return f"/files/{row.id}/{quote(name or row.name)}"


def fetch(browser: Any, address: str, **options: Any) -> Any:
    """An answer, read to its end as a browser does."""
    return browser.get(address, buffered=True, **options)


def test_a_document_is_saved_and_never_shown(client, guarded):
    row = take(pdf(), "洪水 “response” 100%.pdf")
    answer = fetch(client, at(row))
    assert (answer.status_code, answer.data, answer.mimetype) == (200, pdf(), "application/pdf")
    kind, options = parse_options_header(answer.headers["Content-Disposition"])
    assert (kind, options["filename"]) == ("attachment", "洪水 “response” 100%.pdf")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_picture_is_shown_and_may_be_kept_while_everybody_may_see_it(client, guarded):
    row = take_picture(picture())
    large, small = fetch(client, at(row)), fetch(client, at(row, "small.jpg"))
    assert large.headers["Content-Disposition"].startswith("inline")
    assert large.headers["Cache-Control"] == "public, max-age=86400, immutable"
    assert large.headers["ETag"] != small.headers["ETag"]
    assert Image.open(io.BytesIO(small.data)).size == (200, 200)
    assert "Set-Cookie" not in large.headers


def test_what_is_not_for_everybody_is_kept_by_nobody(guarded, make_member, sign_in):
    guarded["visitor"] = False
    for row in (take(pdf()), take_picture(picture())):
        answer = fetch(sign_in(make_member()), at(row))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")


def test_a_file_one_may_not_open_and_one_that_is_not_there_read_the_same(client, guarded):
    row = take(pdf())
    names = [fetch(client, at(row, name)) for name in ("other.pdf", "small.jpg")]
    guarded["visitor"] = False
    hidden = fetch(client, at(row))
    files.path_of(row).unlink()
    guarded["visitor"] = True
    without_bytes = fetch(client, at(row))
    missing = fetch(client, at(row).replace(str(row.id), str(uuid4())))
    pages = [hidden, missing, without_bytes, *names]
    assert {page.status_code for page in pages} == {404}
    assert len({page.data for page in pages}) == 1
    assert len({str(page.headers) for page in pages}) == 1


def test_a_kind_that_nobody_guards_is_opened_by_nobody(client):
    assert client.get(at(take(pdf()))).status_code == 404


def test_ranges_validators_and_heads(client, guarded):
    data = pdf(words="x" * 5000)
    row = take(data)
    whole = fetch(client, at(row))
    part = fetch(client, at(row), headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    tail = fetch(client, at(row), headers={"Range": "bytes=-5", "If-Range": whole.headers["ETag"]})
    assert (tail.status_code, tail.data) == (206, data[-5:])
    other = fetch(client, at(row), headers={"Range": "bytes=-5", "If-Range": '"another"'})
    assert (other.status_code, other.data) == (200, data)
    assert fetch(client, at(row), headers={"Range": "bytes=9999999-"}).status_code == 416
    same = fetch(client, at(row), headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["Cache-Control"] == "no-cache"
    head = client.head(at(row), buffered=True)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(data)))
    assert client.post(at(row)).status_code in {400, 405}


class UploadForm(FlaskForm):
    """A form with one file."""

    file = files_web.DocumentField("File", allowed=SLIDES, most_bytes=3 * MEGABYTE)  # type: ignore[arg-type]


@pytest.fixture
def upload_site(site: Flask) -> Flask:
    """A site with one view that takes files, and one that takes none."""

    def view(lang: str = "en") -> tuple[str, int]:
        form = UploadForm()
        if form.validate_on_submit():
            with form.file.received() as upload:
                return upload.name, 200
        return f"<form>{form.hidden_tag()}{form.file()}</form>", 200

    takes = takes_files(3 * MEGABYTE)(lambda lang="en": view())
    site.add_url_rule("/<any(en,zh):lang>/take/", "take", takes, methods=["GET", "POST"])
    site.add_url_rule("/<any(en,zh):lang>/refuse/", "refuse", view, methods=["GET", "POST"])
    return site


def send(site: Flask, address: str, size: int) -> Any:
    browser: Any = site.test_client()
    form = multipart(csrf_token=browser.csrf(address), file=sent(pdf(words="x" * size)))
    return browser.post(address, **form)


def test_only_a_view_that_takes_files_takes_large_bodies(upload_site):
    answer = send(upload_site, "/en/take/", int(2.5 * MEGABYTE))
    assert (answer.status_code, answer.text) == (200, "slides.pdf")
    assert send(upload_site, "/en/refuse/", int(2.5 * MEGABYTE)).status_code == 413


@pytest.mark.parametrize(("lang", "words"), [("en", "This is too large"), ("zh", "内容过大")])
def test_a_body_beyond_all_measure_is_answered_in_words(upload_site, lang, words):
    answer = send(upload_site, f"/{lang}/take/", 6 * MEGABYTE)
    assert answer.status_code == 413
    assert f"<h1>{words}</h1>" in answer.text
    assert {"en": "larger than 3 MB", "zh": "文件超过 3 MB，请压缩后再上传。"}[lang] in answer.text
    assert f'href="/{lang}/take/"' in answer.text, "the way back to the form"
    assert f'<html lang="{"zh-Hans" if lang == "zh" else lang}">' in answer.text


def test_the_field_says_what_it_takes(upload_site):
    page = upload_site.test_client().get("/en/take/").text
    assert 'accept=".pdf,.pptx,.odp,.key"' in page
    with upload_site.test_request_context():
        assert str(UploadForm().file.description) == ".pdf, .pptx, .odp, .key, at most 3 MB."
