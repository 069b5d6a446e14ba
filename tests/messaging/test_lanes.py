"""At which pace letters go to whose mail servers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.foundation.db import db
from eventhub.messaging import lanes

ADDRESSES = {
    "a@qq.com": "qq.com",
    "A@QQ.com": "qq.com",
    "a@foxmail.com.": "qq.com",
    "a@vip.163.com": "163.com",
    "a@yeah.net": "163.com",
    "a+b@Example.ORG": "example.org",
    "a@sub.qq.com": "sub.qq.com",
    "王芳@例子.中国": "例子.中国",
}


@pytest.mark.parametrize("is_on", [True, False])
def test_the_database_finds_the_lanes_that_we_do(app: Flask, monkeypatch: pytest.MonkeyPatch, is_on: bool):
    if is_on:
        settings = app.extensions["eventhub_settings"].model_copy(update={"mail_url": "smtp://127.0.0.1"})
        monkeypatch.setattr(lanes, "settings", lambda: settings)
    addresses = sa.union_all(*(sa.select(sa.literal(one, sa.Text).label("address")) for one in ADDRESSES)).subquery()
    found = dict(db.session.execute(sa.select(addresses.c.address, lanes.lane_of_each(addresses.c.address))).all())
    assert found == {one: lanes.lane_of(one) for one in ADDRESSES}
    assert found == (ADDRESSES if is_on else dict.fromkeys(ADDRESSES, ""))
