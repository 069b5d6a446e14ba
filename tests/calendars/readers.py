"""Calendars as independent programs read them: icalendar, ical.js, vobject and khal."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

ROOT = Path(__file__).parents[2]
ICAL_JS = ROOT / "node_modules" / "ical.js"


class Seen(TypedDict):
    """What a reader makes of one entry; instants in UTC."""

    uid: str
    summary: str
    start: str
    end: str
    status: str
    sequence: int


def by_icalendar(body: bytes | Calendar) -> list[Seen]:
    """The entries of a calendar by the library that Python programs use; it reads jCal as well."""
    calendar = body if isinstance(body, Calendar) else Calendar.from_ical(body)
    return [
        Seen(
            uid=str(event["uid"]),
            summary=str(event["summary"]),
            start=_instant(event["dtstart"].dt),
            end=_instant(event["dtend"].dt),
            status=str(event["status"]),
            sequence=int(event["sequence"]),
        )
        for event in calendar.walk("VEVENT")
    ]


def by_ical_js(body: bytes) -> list[Seen]:
    """The entries by Thunderbird's and Nextcloud's library, which believes the calendar's own VTIMEZONE.

    It reads jCal as well.
    """
    node = shutil.which("node")
    if node is None or not ICAL_JS.is_dir():
        pytest.skip("ical.js is not installed")
    script = """
        const ICAL = (await import(process.argv[1])).default;
        const { readFileSync } = await import("fs");
        const told = readFileSync(0, "utf8");
        const calendar = new ICAL.Component(told.startsWith("[") ? JSON.parse(told) : ICAL.parse(told));
        for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
        const utc = (time) => time.toJSDate().toISOString().slice(0, 19) + "Z";
        const instant = (time) => time.isDate ? time.toString() : utc(time);
        console.log(JSON.stringify(calendar.getAllSubcomponents("vevent").map((component) => {
            const event = new ICAL.Event(component);
            return {
                uid: event.uid, summary: event.summary,
                start: instant(event.startDate), end: instant(event.endDate),
                status: component.getFirstPropertyValue("status"), sequence: event.sequence,
            };
        })));
    """
    # Its own instants need a machine zone that is none of the calendar's.
    answer = subprocess.run(
        [node, "--input-type=module", "-e", script, str(ICAL_JS / "dist" / "ical.js")],
        input=body,
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "TZ": "Pacific/Kiritimati"},
    )
    entries: list[Seen] = json.loads(answer.stdout)
    return entries


def by_khal(body: bytes, folder: Path, first: str, days: int) -> list[dict[str, Any]]:
    """The entries that the khal calendar shows in some days from the first, in UTC."""
    pytest.importorskip("khal")
    (folder / "calendars" / "feed").mkdir(parents=True)
    config = folder / "config"
    config.write_text(
        f"[calendars]\n[[feed]]\npath = {folder}/calendars/feed\n[locale]\nlocal_timezone = UTC\n"
        "default_timezone = UTC\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {folder}/khal.db\n"
    )
    source = folder / "feed.ics"
    source.write_bytes(body)
    khal = [str(Path(sys.executable).parent / "khal"), "-c", str(config)]
    environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [*khal, "import", "--batch", "-a", "feed", str(source)],
        check=True,
        capture_output=True,
        env=environment,
    )
    fields = [
        part for name in ("uid", "title", "start-long-full", "end-long-full", "status") for part in ("--json", name)
    ]
    listed = subprocess.run(
        [*khal, "list", *fields, first, f"{days}d"], check=True, capture_output=True, env=environment
    ).stdout.decode()
    return [entry for line in listed.splitlines() if line for entry in json.loads(line)]


def _instant(when: Any) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(when, datetime) else when.isoformat()


def by_vobject(body: bytes) -> list[Seen]:
    """The entries by Radicale's library, which believes the calendar's own VTIMEZONE."""
    vobject = pytest.importorskip("vobject")
    calendar = vobject.readOne(body.decode())
    return [
        Seen(
            uid=event.uid.value,
            summary=event.summary.value,
            start=_instant(event.dtstart.value),
            end=_instant(event.dtend.value),
            status=event.status.value,
            sequence=int(event.sequence.value),
        )
        for event in calendar.contents.get("vevent", [])
    ]


def by_jscalendar(body: bytes) -> list[Seen]:
    """The entries of a JSCalendar group, by the letter of RFC 8984: a clock, its zone, and how long."""
    states = {"confirmed": "CONFIRMED", "tentative": "TENTATIVE", "cancelled": "CANCELLED"}
    found = []
    for entry in json.loads(body)["entries"]:
        start = datetime.fromisoformat(entry["start"])
        days = re.fullmatch(r"P(\d+)D", entry["duration"])
        if days:
            begin, end = start.date().isoformat(), (start + timedelta(days=int(days[1]))).date().isoformat()
        else:
            length = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", entry["duration"])
            assert length
            hours, minutes, seconds = (int(part or 0) for part in length.groups())
            at = start.replace(tzinfo=ZoneInfo(entry["timeZone"])).astimezone(UTC)
            begin, end = _instant(at), _instant(at + timedelta(hours=hours, minutes=minutes, seconds=seconds))
        found.append(
            Seen(
                uid=entry["uid"],
                summary=entry.get("title", ""),  # RFC 8984 §4.2.1: what says none has an empty one
                start=begin,
                end=end,
                status=states[entry["status"]],
                sequence=entry["sequence"],
            )
        )
    return found
