"""Programmes in and out, in the formats of other systems.

Out, from what the public sees and from nothing else: `schedule.xml`, which pentabarf began, frab and pretalx write and
conference apps read, and the same as JSON. In, from both, from tables (CSV, XLSX) and from calendars (.ics): first a
preview, then all of it in one transaction, or none.

A calendar can also be fetched from its address (`foundation/fetching.py`), and followed from then on: what is new there
goes into the draft by the hour (`following.py`, `subscriptions.py`), and never further. A calendar may as well hold
the events of a series (`series.py`).

Both formats know one language, no roles and no modes. A `person` therefore has two more attributes, `role` and `mode`;
all else that they have no word for is one JSON object under the name `eventhub`, which no reader asks for. In JSON it
is a member of `schedule`, where the published schema lets anything be. In XML it is a processing instruction (XML 1.0
§2.6): one after the `conference` tells the rooms and tracks, and one in each `event` the rest. It is no
`<title lang="zh">` and no element of a namespace: Giggity keeps the last element of a local name, whatever its
attributes, so that a second title would take the place of the first; and the published XSD allows no other elements.

A day is a calendar day of the venue: a session belongs to the day on which it begins, also after midnight.
"""
