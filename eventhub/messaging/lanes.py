"""At which pace letters go to whose mail servers.

Large providers in China limit how often one writes, and say neither where the limit is nor for how long: these are
values to start from, and an answer that we are too eager makes them slower. All addresses of one provider are one.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, literal

from eventhub.foundation.db import db
from eventhub.foundation.web import settings

_PROVIDERS = {
    **dict.fromkeys(("qq.com", "vip.qq.com", "foxmail.com"), "qq.com"),
    **dict.fromkeys(("163.com", "vip.163.com", "126.com", "vip.126.com", "yeah.net", "188.com"), "163.com"),
}
# Seconds between two letters.
STRICT, USUAL = 2.0, 0.1


def lane_of(address: str) -> str:
    """The lane in which a letter to an address goes; none on a newcomer's machine, where letters lie in a folder."""
    if settings().maildir:
        return ""
    domain = address.rpartition("@")[2].casefold().rstrip(".")
    return _PROVIDERS.get(domain, domain)


def lane_of_each(address: ColumnElement[str]) -> ColumnElement[str]:
    """The same of the address in each row, worked out by the database."""
    if settings().maildir:
        return literal("")
    is_sqlite = db.engine.dialect.name == "sqlite"
    after = func.substr(address, func.instr(address, "@") + 1) if is_sqlite else func.split_part(address, "@", 2)
    domain = func.lower(func.rtrim(after, "."))
    return case(_PROVIDERS, value=domain, else_=domain)


def pace(lane: str) -> float:
    """How many seconds lie between two letters of a lane."""
    return STRICT if lane in _PROVIDERS else USUAL
