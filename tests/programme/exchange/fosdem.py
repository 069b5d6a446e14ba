"""A schedule as a large conference publishes it: two days, thirty rooms, subtitles, HTML, people in many scripts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
_WORDS = (
    "open", "relief", "data", "maps", "kernel", "radio", "public", "code", "local", "networks", "water", "trust",
    "logs", "&", "<tags>", "“quotes”", "naïve", "数据", "开放", "“引号”", "🚰",
)  # fmt: skip
_GIVEN = ("Ana", "Béla", "Chidi", "Dorothée", "Émile", "Fatima", "Goran", "Hoa", "İnci", "Jürgen", "芳", "伟")
_FAMILY = ("O'Brien", "Müller", "Nguyễn", "Şahin", "Zhang", "de la Cruz", "Öztürk", "Adeyemi", "王", "欧阳")
_TRACKS = ("Main Track", "Keynotes", "Lightning Talks", "Maps & Relief", "Local Networks", "开放数据")
_TYPES = ("maintrack", "keynote", "lightningtalk", "devroom", "other")
_LANGUAGES = ("en", "en", "en", "fr", "zh", "")


def schedule(size: int = 1000, *, seed: int = 7, first: datetime = datetime(2027, 2, 6, 9)) -> str:
    """The XML of so many events, the same each time."""
    chance = random.Random(seed)
    days: dict[int, dict[str, list[str]]] = {0: {}, 1: {}}
    for number in range(size):
        day, room = number % 2, _room(number // 2 % 30)
        rooms = days[day]
        place = len(rooms.setdefault(room, []))
        starts = (first + timedelta(days=day, minutes=30 * place)).replace(tzinfo=BRUSSELS)
        rooms[room].append(_event(chance, number, room, starts))
    return "\n".join(
        [
            "<?xml version='1.0' encoding='utf-8' ?>",
            "<!-- made for a test -->",
            '<schedule><generator name="pretalx" version="2026.1"/><version>final, really</version><conference>',
            "<acronym>conf27</acronym><title>Conference &amp; Friends</title><subtitle/>",
            "<venue>ULB</venue><city>Brussels</city>",
            f"<start>{first:%Y-%m-%d}</start><end>{first + timedelta(days=1):%Y-%m-%d}</end><days>2</days>",
            "<day_change>09:00:00</day_change><timeslot_duration>00:05:00</timeslot_duration>",
            "<base_url>https://conference.example.org/</base_url><time_zone_name>Europe/Brussels</time_zone_name></conference>",
            *(
                f'<day index="{day + 1}" date="{first + timedelta(days=day):%Y-%m-%d}">'
                + "".join(f'<room name="{escape(name)}">{"".join(events)}</room>' for name, events in rooms.items())
                + "</day>"
                for day, rooms in days.items()
            ),
            "</schedule>",
        ]
    )


def _room(number: int) -> str:
    return f"{'AHJKUW'[number % 6]}.{number:03} ({_FAMILY[number % 10]})"


def _event(chance: random.Random, number: int, room: str, starts: datetime) -> str:
    def said(least: int, most: int) -> str:
        return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(least, most)))

    people = "".join(
        f'<person id="{n}">{escape(f"{_GIVEN[n % 12]} {_FAMILY[n % 10]} {n}")}</person>'
        for n in chance.sample(range(1200), chance.randint(0, 4))
    )
    html = f"<p>{escape(said(10, 40))}</p><ul><li>{escape(said(1, 4))}</li><li>{escape(said(1, 4))}</li></ul>"
    subtitle = said(2, 5) if number % 7 == 0 else ""
    return (
        f'<event id="{12000 + number}" guid="{UUID(int=chance.getrandbits(128), version=4)}">'
        f"<date>{starts.isoformat()}</date><start>{starts:%H:%M}</start><duration>00:25</duration>"
        f"<room>{escape(room)}</room><slug>conf27-{12000 + number}-talk</slug>"
        f"<url>https://conference.example.org/talk/{number}/</url>"
        f"<title>{number}: {escape(said(3, 9))}</title><subtitle>{escape(subtitle)}</subtitle>"
        f"<track>{escape(chance.choice(_TRACKS))}</track><type>{chance.choice(_TYPES)}</type>"
        f"<language>{chance.choice(_LANGUAGES)}</language>"
        f"<abstract>{escape(html)}</abstract><description></description><persons>{people}</persons>"
        f'<links><link href="https://conference.example.org/f/{number}">Feedback</link></links><attachments/></event>'
    )
