"""In which lane a letter goes, worked out by us and by the database alike, and at which pace."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.foundation.db import db
from eventhub.messaging import lanes

from .test_carriers import send_to

# As they are kept: see `people.addresses.tidy`, which leaves capitals and the dot of a root.
LANES = {
    "a@qq.com": "qq.com",
    "a@VIP.QQ.com": "qq.com",
    "a@foxmail.com.": "qq.com",
    "a.b+c@126.com": "163.com",
    "a@Yeah.Net": "163.com",
    "a@qq.com.example.org": "qq.com.example.org",
    "a@notqq.com": "notqq.com",
    "王@例子.中国": "例子.中国",
    "": "",
}


def lanes_by_both(addresses: list[str]) -> list[tuple[str, str]]:
    """What we say of each address, and what the database does."""
    found = [db.session.scalar(sa.select(lanes.lane_of_each(sa.literal(one)))) for one in addresses]
    return list(zip(map(lanes.lane_of, addresses), found, strict=True))


def test_the_database_says_of_an_address_what_we_say(app: Flask, monkeypatch: pytest.MonkeyPatch):
    assert set(lanes_by_both(list(LANES))) == {("", "")}, "in a folder on this machine nobody has to wait"
    send_to(app, monkeypatch, 25)
    assert dict(zip(LANES, lanes_by_both(list(LANES)), strict=True)) == {
        one: (lane, lane) for one, lane in LANES.items()
    }


def test_large_providers_in_china_are_written_to_slowly():
    assert {lanes.pace(one) for one in ("qq.com", "163.com")} == {2.0}
    assert lanes.pace("example.org") < 1
