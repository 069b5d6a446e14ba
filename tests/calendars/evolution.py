"""GNOME's calendar store, asked line by line: run by the system's Python, which has the bindings, on a bus of its own.

Each line of input is a JSON list of a word and what it is about; each line of output is the answer.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import gi

for name, version in (("ECal", "2.0"), ("EDataServer", "1.2"), ("ICalGLib", "3.0")):
    gi.require_version(name, version)
from gi.repository import ECal, EDataServer, ICalGLib  # noqa: E402 - the versions first


class Store:
    """The calendars that were set up for this session."""

    def __init__(self) -> None:
        self._registry = EDataServer.SourceRegistry.new_sync(None)
        self._clients: dict[str, Any] = {}

    def _client(self, calendar: str) -> Any:
        if calendar not in self._clients:
            # It may still ask for the feed a second later; without a limit it may wait for ever.
            source = self._registry.ref_source(calendar)
            self._clients[calendar] = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 1, None)
        return self._clients[calendar]

    def refresh(self, calendar: str) -> None:
        """Ask for a subscribed calendar again, as the button does."""
        self._client(calendar).refresh_sync(None)

    def seen(self, calendar: str) -> list[dict[str, Any]]:
        """What a calendar holds, as `readers.Seen`."""
        client = self._client(calendar)
        _, entries = client.get_object_list_as_comps_sync("#t", None)
        return [self._told(client, entry) for entry in entries]

    def receive(self, calendar: str, message: str) -> None:
        """Do with an iTIP message what the program does when its reader takes it."""
        component = ICalGLib.Component.new_from_string(message)
        self._client(calendar).receive_objects_sync(component, ECal.OperationFlags.NONE, None)

    def examine(self, message: str) -> list[str]:
        """What libical finds wrong with a message by the tables of RFC 5546."""
        component = ICalGLib.Component.new_from_string(message)
        ICalGLib.restriction_check(component)
        unfolded = component.as_ical_string().replace("\r\n", "\n").replace("\n ", "")
        return [line for line in unfolded.splitlines() if line.startswith("X-LIC-ERROR")]

    def _told(self, client: Any, entry: Any) -> dict[str, Any]:
        component = entry.get_icalcomponent()
        return {
            "uid": entry.get_uid(),
            "summary": entry.get_summary().get_value(),
            "start": self._instant(client, entry.get_dtstart()),
            "end": self._instant(client, entry.get_dtend()),
            "status": component.get_first_property(ICalGLib.PropertyKind.STATUS_PROPERTY).get_value_as_string(),
            "sequence": component.get_sequence(),
        }

    def _instant(self, client: Any, moment: Any) -> str:
        time, tzid = moment.get_value(), moment.get_tzid()
        if time.is_date():
            return f"{time.get_year():04}-{time.get_month():02}-{time.get_day():02}"
        zone = ICalGLib.Timezone.get_utc_timezone() if time.is_utc() else client.get_timezone_sync(tzid, None)[1]
        return f"{datetime.fromtimestamp(time.as_timet_with_zone(zone), UTC):%Y-%m-%dT%H:%M:%SZ}"


if __name__ == "__main__":
    store = Store()
    for line in sys.stdin:
        word, *about = json.loads(line)
        try:
            answer = {"said": getattr(store, word)(*about)}
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)
