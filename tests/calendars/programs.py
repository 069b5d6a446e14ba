"""Calendar programs that people use, each with a home of its own, subscribed over HTTP.

khal with vdirsyncer come with the other requirements of the tests. Evolution's store, which GNOME's calendar reads as
well, comes from Debian, and only the long experiments ask for it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.calendars.readers import Seen

PYTHON = "/usr/bin/python3"  # has the system's bindings, which no virtual environment has
PACKAGES = ("dbus", "evolution-data-server", "gir1.2-ecal-2.0", "python3-gi")
BIN = Path(sys.executable).parent


class Khal:
    """The khal calendar, which vdirsyncer keeps in step with feeds."""

    def __init__(self, folder: Path, feeds: Mapping[str, str]) -> None:
        self._folder, self._feeds = folder, feeds
        folder.mkdir()
        self._environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        pairs, calendars = [], []
        for name, address in feeds.items():
            pairs.append(
                f'[pair {name}]\na = "{name}_near"\nb = "{name}_far"\n'
                'collections = null\nconflict_resolution = "b wins"\n'
                f'[storage {name}_near]\ntype = "filesystem"\npath = "{folder}/{name}"\nfileext = ".ics"\n'
                f'[storage {name}_far]\ntype = "http"\nurl = "{address}"\n'
            )
            calendars.append(f"[[{name}]]\npath = {folder}/{name}\n")
        (folder / "sync").write_text(f'[general]\nstatus_path = "{folder}/status"\n' + "".join(pairs))
        (folder / "config").write_text(
            f"[calendars]\n{''.join(calendars)}[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\n"
            "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            f"[sqlite]\npath = {folder}/khal.db\n"
        )
        self._run("vdirsyncer", "-c", folder / "sync", "discover")

    def refresh(self) -> None:
        """Ask for all feeds again."""
        self._run("vdirsyncer", "-c", self._folder / "sync", "sync", "--force-delete")

    def seen(self, name: str, first: date, last: date) -> list[dict[str, str]]:
        """What khal shows of a feed between two days: no sequence, and vdirsyncer gives each entry a UID of its own."""
        fields = ("title", "start-long-full", "end-long-full", "status", "all-day")
        wanted = [part for field in fields for part in ("--json", field)]
        days = f"{(last - first).days + 2}d"
        listed = self._run(
            "khal", "-c", self._folder / "config", "list", "-a", name, "--once", *wanted, f"{first}", days
        )
        return [_by_khal(one) for line in listed.splitlines() if line for one in json.loads(line)]

    def _run(self, program: str, *arguments: object) -> str:
        done = subprocess.run(
            [BIN / program, *map(str, arguments)],
            input="y\n" * (2 * len(self._feeds)),
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


def _by_khal(one: dict[str, str]) -> dict[str, str]:
    start, end = one["start-long-full"], one["end-long-full"]
    if one["all-day"] == "True":
        # Of whole days khal shows the last, and calendars are written with the day after it.
        start, end = start[:10], f"{date.fromisoformat(end[:10]) + timedelta(days=1)}"
    else:
        start, end = (f"{datetime.fromisoformat(moment):%Y-%m-%dT%H:%M:%SZ}" for moment in (start, end))
    return {"summary": one["title"], "start": start, "end": end, "status": one["status"].strip()}


class Evolution:
    """Evolution's calendars: those of feeds, and `own`, in which invitations arrive."""

    def __init__(self, folder: Path, feeds: Mapping[str, str] | None = None) -> None:
        missing = [name for name in PACKAGES if not _is_installed(name)]
        if missing:
            pytest.fail(f"Evolution's calendar store is needed: apt-get install {' '.join(missing)}", pytrace=False)
        sources, settings, runtime = (
            folder / name for name in ("config/evolution/sources", "config/glib-2.0/settings", "run")
        )
        for one in (sources, settings, runtime):
            one.mkdir(parents=True)
        runtime.chmod(0o700)
        # It asks nobody whether there is a network: the site is on this machine.
        (settings / "keyfile").write_text(
            "[org/gnome/evolution-data-server]\nnetwork-monitor-gio-name='always-online'\n"
        )
        for name, address in (feeds or {}).items():
            parts = urlsplit(address)
            (sources / f"{name}.source").write_text(
                f"[Data Source]\nDisplayName={name}\nEnabled=true\nParent=webcal-stub\n"
                "[Calendar]\nBackendName=webcal\n[Security]\nMethod=none\n[Refresh]\nEnabled=false\n"
                f"[Authentication]\nHost={parts.hostname}\nPort={parts.port}\nMethod=none\n"
                f"[WebDAV Backend]\nResourcePath={parts.path}\n"
            )
        (sources / "own.source").write_text(
            "[Data Source]\nDisplayName=own\nEnabled=true\nParent=local-stub\n[Calendar]\nBackendName=local\n"
        )
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            ["dbus-run-session", "--", PYTHON, str(Path(__file__).with_name("evolution.py"))],
            env={
                "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati",
                "XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data"),
                "XDG_CACHE_HOME": str(folder / "cache"), "XDG_RUNTIME_DIR": str(runtime),
                "GSETTINGS_BACKEND": "keyfile", "no_proxy": "*",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )  # fmt: skip

    def close(self) -> None:
        """End it."""
        # The bus ends with whom it was begun for, and with the bus the programs that it began.
        self._process.communicate(timeout=30)
        self._log.close()

    def refresh(self, calendar: str) -> None:
        """Ask for a feed again; it comes in a while."""
        self._ask("refresh", calendar)

    def seen(self, calendar: str) -> list[Seen]:
        """What a calendar holds now, in the order of its beginning."""
        found: list[Seen] = self._ask("seen", calendar)
        return sorted(found, key=lambda one: (one["start"], one["uid"]))

    def seen_as(self, calendar: str, expected: list[Seen]) -> list[Seen]:
        """What a calendar holds when it holds this, or after a while in which it does not."""
        until = time.monotonic() + 60
        while (found := self.seen(calendar)) != expected and time.monotonic() < until:
            time.sleep(0.2)
        return found

    def receive(self, message: bytes) -> None:
        """Take an iTIP message."""
        self._ask("receive", "own", message.decode())

    def examine(self, message: bytes) -> list[str]:
        """What libical has against an iTIP message."""
        found: list[str] = self._ask("examine", message.decode())
        return found

    def _ask(self, *question: str) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, Path(self._log.name).read_text()[-2000:]
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["said"]


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    status = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return re.fullmatch("installed", status) is not None
