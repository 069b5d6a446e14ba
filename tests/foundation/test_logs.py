"""Logs hold no addresses, names or tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from uuid import uuid4

import pytest

from eventhub.foundation import links
from eventhub.foundation.logs import scrub


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("letter to wang.fang@example.org refused", "letter to <address> refused"),
        ("<Wang Fang <wang@example.org>>", "<Wang Fang <<address>>>"),
        ("/en/sign-in/?next=/en/", "/en/sign-in/?next=/en/"),
        ("/zh/events/beijing-workshop-2019/calendar.ics", "/zh/events/beijing-workshop-2019/calendar.ics"),
        ("用户 王芳@例子.中国 已注册", "用户 <address> 已注册"),
    ],
)
def test_addresses_are_taken_out(text, kept):
    assert scrub(text) == kept


def test_the_token_of_every_private_address_is_cut(app):
    token = links.make("registration", uuid4(), 1)
    private = [rule for rule in app.url_map.iter_rules() if rule.arguments & {"token", "code"}]
    assert len(private) >= 4
    for rule in private:
        choices = {name: min(getattr(one, "items", ["x"])) for name, one in rule._converters.items()}
        values = {name: token if name in {"token", "code"} else choices[name] for name in rule.arguments}
        built = rule.build(values)
        assert built
        assert token[:6] in scrub(built[1])
        assert token[:7] not in scrub(built[1]), rule.rule


def test_a_token_is_cut_whatever_was_written_beside_it(app):
    token = links.make("registration", uuid4(), 1)
    for text in (f"/x{token}/", f"/{token}x", f"{token}{token}", f"_{token}-", f"/{token[:37]}"):
        assert token[6:20] not in scrub(text), text
    assert scrub(str(row_id := uuid4())) == str(row_id)


SITE = """
import logging, sys
from pathlib import Path
from eventhub.app import create_app
from eventhub.config import load_settings
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, use_case
from eventhub.foundation.work import OutboxRow
from eventhub.foundation.tables import Base

app = create_app(load_settings(data_dir=Path(sys.argv[1]), base_url="https://events.example.org", secret_key="k" * 32))
with app.app_context():
    Base.metadata.create_all(db.engine)

@app.get("/twice")
def twice():
    def write(actor):
        for _ in range(2):
            db.session.add(OutboxRow(kind="Wang Fang", payload={"name": "Wang Fang"}, key="wang@example.org"))
        db.session.flush()
    use_case(write)(SYSTEM)

@app.get("/wrong")
def wrong():
    try:
        int("Wang Fang")
    except ValueError as error:
        raise LookupError("wang@example.org") from error

client = app.test_client()
for path in ("/healthz", "/twice", "/wrong", "/en/registrations/" + sys.argv[2] + "/?name=Wang+Fang"):
    print(client.get(path).status_code)
try:
    int("Wang Fang")
except ValueError:
    logging.getLogger("huey").exception("job of %s failed", "wang@example.org")
"""


def test_a_site_in_production_writes_json_and_names_nobody(app, tmp_path):
    token = links.make("registration", uuid4(), 1)
    ran = subprocess.run(
        [sys.executable, "-c", SITE, str(tmp_path), token], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.split()[:3] == ["200", "500", "500"]
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"][:3] == [200, 500, 500]
    assert all(line["timestamp"] and line["level"] for line in lines)
    faults = [line["exception"] for line in lines if "exception" in line]
    assert len(faults) == 3
    assert "IntegrityError" in faults[0]
    assert "LookupError" in faults[1] and "ValueError" in faults[1], "the cause is told as well"
    assert "in wrong" in faults[1]
    for secret in ("Wang", "Fang", "wang@", token[:7]):
        assert secret not in ran.stderr
