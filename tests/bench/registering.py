"""People who register, choose sessions, and come through a door: one after the other, and all at once."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from altcha.altcha import solve_challenge

from eventhub.foundation.actor import SYSTEM

from . import content
from .content import CONGRESS, CROWDED, PLACES, WORKSHOP
from .load import CONNECTIONS, Connection, Measured, Visitor, drive, get, together
from .report import Report
from .server import Server, run

_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')
_CHALLENGE = re.compile(r'data-challenge="([^"]+)"')
Form = dict[str, str]


async def register_many(port: int, slug: str, seconds: float, most: int = 1000) -> Measured:
    """Registrations by forms, each by somebody new, on several connections at once."""
    measured = Measured(0)
    began = time.perf_counter()

    async def repeat(number: int) -> None:
        connection = await Connection.to(port)
        while (start := time.perf_counter()) < began + seconds and len(measured.times) < most:
            visitor = Visitor(connection)
            form = await blank(visitor, slug, f"{number}-{len(measured.times)}-{uuid4().hex[:8]}")
            measured.statuses[await visitor.post(f"/en/events/{slug}/register/", form)] += 1
            measured.times.append(time.perf_counter() - start)
        connection.close()

    await asyncio.gather(*map(repeat, range(CONNECTIONS)))
    measured.seconds = time.perf_counter() - began
    return measured


async def blank(visitor: Visitor, slug: str, who: str) -> Form:
    """The registration form as somebody fills it in."""
    page = await visitor.get(f"/en/events/{slug}/register/")
    token, asked = _TOKEN.search(page), _CHALLENGE.search(page)
    assert token
    assert asked
    return {
        "csrf_token": token[1], "proof": _solved(json.loads(html.unescape(asked[1]))),
        "name": f"Person {who}", "address": f"{who}@example.org", "organisation": "Network",
        "stakeholder_type": "", "country": "CH", "language": "en", "pool": "in_person", "consent": "y",
    }  # fmt: skip


def _solved(challenge: dict[str, Any]) -> str:
    """A challenge's solution as a browser sends it."""
    found = solve_challenge(challenge["challenge"], challenge["salt"], "SHA-256", challenge["maxNumber"])
    assert found
    told = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**told, "number": found.number}).encode()).decode()


def registrations(report: Report, ours: Server, bare: Server) -> None:
    """Form, answer, stored, letter queued; beside a bare page, and the least that a database has to do for it."""
    pool_id = content.other_pool(SYSTEM, CONGRESS)
    bare_place = b"POST" + get(f"/place/{pool_id}", Content_Length="0")[3:]
    together(drive(bare.port, bare_place, seconds=0.5))
    page, _ = run(drive(bare.port, get("/page")), bare)
    least, least_cpu = run(drive(bare.port, bare_place), bare)
    assert set(least.statuses) == {204}, least.statuses
    report.line("bare: lock, insert, insert", least, least_cpu, least.rate / page.rate)
    together(register_many(ours.port, WORKSHOP, 0.5))
    before = sum(content.places_by_state(WORKSHOP).values())
    measured, cpu = run(register_many(ours.port, WORKSHOP, 5), ours)
    stored = sum(content.places_by_state(WORKSHOP).values()) - before
    assert measured.statuses == Counter({303: stored}), (measured.statuses, stored)
    ratio = measured.rate / page.rate
    report.line("registration: form, answer, stored", measured, cpu, ratio, "≥ 0.08 of bare", good=ratio >= 0.08)
    report.fact("what one takes of a processor", f"{cpu:.1f} ms", "≤ 15 ms", good=cpu <= 15)
    report.fact("times a bare lock, insert, insert", f"{least.rate / measured.rate:.1f}")


def door(report: Report, ours: Server) -> None:
    """One device at a door, and one ticket after the other."""
    token, codes = content.door_and_tickets(SYSTEM, WORKSHOP, 300)
    words: Counter[str] = Counter()

    async def scan_all() -> Measured:
        measured, since = Measured(0), ""
        visitor = Visitor(await Connection.to(ours.port))
        began = time.perf_counter()
        for code in codes:
            act = [{"id": str(uuid4()), "do": "check_in", "code": code, "age": 0}]
            start = time.perf_counter()
            form = {"operations": json.dumps(act), "since": since}
            told = await visitor.ask_json(f"/en/check-in/{token}/sync/", form)
            measured.times.append(time.perf_counter() - start)
            words[told["results"][0]["word"]] += 1
            since = told["until"]
        measured.seconds = time.perf_counter() - began
        return measured

    measured, cpu = run(scan_all(), ours)
    assert words == Counter({"welcome": len(codes)}), words
    p95 = measured.within(95)
    report.line("check-in of one ticket", measured, cpu)
    report.fact("the slowest of 95 in 100 took", f"{p95:.0f} ms", "≤ 50 ms", good=p95 <= 50)


async def rush(port: int, people: int, forms: Callable[[Visitor, int], Awaitable[tuple[str, Form]]]) -> Measured:
    """So many people, each with a form before them, who send it all at the same moment."""
    connections = [await Connection.to(port) for _ in range(people)]
    visitors = [Visitor(connection) for connection in connections]
    filled = [await forms(visitor, number) for number, visitor in enumerate(visitors)]
    measured = Measured(0)
    began = time.perf_counter()

    async def send(visitor: Visitor, path: str, form: Form) -> None:
        measured.statuses[await visitor.post(path, form)] += 1
        measured.times.append(time.perf_counter() - began)

    await asyncio.gather(*(send(visitor, *form) for visitor, form in zip(visitors, filled, strict=True)))
    measured.seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return measured


def crowd(report: Report, ours: Server, people: int = 200) -> None:
    """Two hundred people, with the form before them, ask for thirty places at the same moment."""

    async def registration(visitor: Visitor, number: int) -> tuple[str, Form]:
        return f"/en/events/{CROWDED}/register/", await blank(visitor, CROWDED, f"crowd-{number}")

    measured, cpu = run(rush(ours.port, people, registration), ours)
    places = content.places_by_state(CROWDED)
    good = places == {"confirmed": PLACES, "waitlisted": people - PLACES}
    p99 = measured.within(99)
    report.line(f"{people} at once for {PLACES} places", measured, cpu)
    report.fact("of them in the database", ", ".join(f"{n} {state}" for state, n in sorted(places.items())),
                f"exactly {PLACES}", good=good)  # fmt: skip
    report.fact("the slowest of 99 in 100 waited", f"{p99 / 1000:.2f} s", "≤ 1 s", good=p99 <= 1000)
    done = measured.seconds
    report.fact("all were answered after", f"{done:.2f} s", "≤ 5 s", good=done <= 5)


def session_crowd(report: Report, ours: Server, people: int = 200) -> None:
    """Two hundred people with a place at an event press the button of one session at the same moment."""
    session_id, links = content.people_who_choose(SYSTEM, people)

    async def button(visitor: Visitor, number: int) -> tuple[str, Form]:
        page = f"/en/registrations/{links[number]}/"
        token = _TOKEN.search(await visitor.get(page))
        assert token
        return f"{page}sessions/{session_id}/sign-up/", {"csrf_token": token[1]}

    measured, cpu = run(rush(ours.port, people, button), ours)
    signed_up = content.sign_ups_by_state(session_id)
    good = signed_up == {"confirmed": PLACES, "waitlisted": people - PLACES}
    report.line(f"{people} at once for {PLACES} places in a session", measured, cpu)
    report.fact("of them in the database", ", ".join(f"{n} {state}" for state, n in sorted(signed_up.items())),
                f"exactly {PLACES}", good=good)  # fmt: skip
    p95, done = measured.within(95), measured.seconds
    report.fact("the slowest of 95 in 100 waited", f"{p95 / 1000:.2f} s", "≤ 2 s", good=p95 <= 2000)
    report.fact("all were answered after", f"{done:.2f} s", "≤ 5 s", good=done <= 5)
