"""Private links are in letters alone: after all of them were used, no log, database or file beside the letters has one.

One sweep under `make faults`: the demo, served as in production, with every link of every letter opened, and every
private link of the pages behind them.
"""

from __future__ import annotations

import email
import http.client
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from email import policy
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.messaging.test_carriers import free_port

pytestmark = pytest.mark.faults

HOST = "sweep.example.org"
# Twenty-two letters for the row, as many for its signature.
LINK = re.compile(r"/(?:en|zh)/[\w/-]*?([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])[\w./-]*")


def told_in(folder: Path) -> dict[str, str]:
    """The private links of the letters in a folder: token and path."""
    found = {}
    for file in folder.rglob("*.eml"):
        for part in email.message_from_bytes(file.read_bytes(), policy=policy.default).walk():
            if part.get_content_maintype() == "text":
                found |= links_of(part.get_payload(decode=True).decode())
    return found


def links_of(text: str) -> dict[str, str]:
    """The private links of a text."""
    return {link[1]: link[0] for link in LINK.finditer(text)}


def ask(port: int, method: str, path: str) -> tuple[http.client.HTTPResponse, str]:
    """What the server answers somebody who came from that very page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(
            method, path, headers={"Host": HOST, "Referer": f"http://{HOST}{path}", "Content-Length": "0"}
        )
        answer = connection.getresponse()
        return answer, answer.read().decode("utf-8", "replace")


def test_no_private_link_is_kept_anywhere_but_in_its_letter(tmp_path: Path):
    port, data, mail = free_port(), tmp_path / "data", tmp_path / "mail"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("EVENTHUB_")},
        "EVENTHUB_DATABASE_URL": f"sqlite:///{data}/eventhub.db",
        "EVENTHUB_DATA_DIR": str(data),
        "EVENTHUB_MAIL_URL": f"maildir:{mail}",
        "EVENTHUB_BASE_URL": f"http://{HOST}",
        "EVENTHUB_SECRET_KEY": "sweep" * 10,
        "EVENTHUB_RATE_LIMIT_FACTOR": "1000",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    data.mkdir()
    command = [sys.executable, "-m", "eventhub.cli"]
    with (tmp_path / "log").open("wb") as log:
        for said in (["db", "upgrade"], ["demo"]):
            subprocess.run([*command, *said], env=environment, check=True, stdout=log, stderr=log, timeout=300)
        server = subprocess.Popen([*command, "serve"], env=environment, stdout=log, stderr=log)
        try:
            for _ in range(600):
                try:
                    ask(port, "GET", "/healthz")
                    break
                except ConnectionError:
                    time.sleep(0.1)
            tokens, to_open = {}, told_in(mail)
            while new := {token: path for token, path in to_open.items() if token not in tokens}:
                tokens |= new
                for path in new.values():
                    answer, page = ask(port, "GET", urlsplit(path).path)
                    assert answer.getheader("Referrer-Policy") in {"no-referrer", "same-origin"}, path
                    to_open |= links_of(page)
                    for method, wrong in (("POST", path), ("GET", f"{path}nowhere/"), ("GET", f"{path}?then=%FF")):
                        ask(port, method, wrong)
        finally:
            server.terminate()
            server.wait(60)
    assert len(tokens) > 5
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and mail not in path.parents}
    with closing(sqlite3.connect(data / "eventhub.db")) as database:
        kept[Path("rows")] = "\n".join(database.iterdump()).encode()
    for token in tokens:
        # What follows the first six letters names nothing that may be told.
        shown = [
            str(path) for path, content in kept.items() if token.encode() in content or token[-16:].encode() in content
        ]
        assert shown == [], tokens[token].replace(token, token[:6])
    log_text = kept[tmp_path / "log"].decode()
    assert not [token for token in tokens if token[:7] in log_text], "no more than six letters of any"
    print(f"{len(tokens)} private links, {len(log_text.splitlines())} lines in the log")
