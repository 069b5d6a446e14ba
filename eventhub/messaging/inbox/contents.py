"""What a message in the mailbox says to us: an answer by calendar, or that a letter could not be delivered (RFC 3464).

Everything here was written by strangers. Nothing of it is kept but what these few fields hold, and all that is not
exactly one of the two says nothing.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.utils import getaddresses
from uuid import UUID

import structlog

from eventhub.calendars.itip import Reply, read_reply
from eventhub.messaging.mail import NOBODY, one_line, says
from eventhub.people.addresses import normalise

log = structlog.get_logger()

# Each line is held against the boundary of every part around it: a megabyte of empty lines, deep enough within each
# other's parts, keeps a processor busy for minutes. No answer and no report is anywhere near this.
_MOST_LINES, _MOST_BOUNDARIES = 50_000, 30
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer by calendar, and the address from which it came."""

    reply: Reply
    sender: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A letter of ours that did not arrive; `recipients` are the addresses, normalised, that the report names."""

    letter_id: UUID
    reason: str
    recipients: frozenset[str]


Content = Answered | Returned


@dataclass(frozen=True, slots=True)
class Opened:
    """A message: its fingerprint, and what it says, if that is anything to us."""

    key: str
    content: Content | None


def is_of_nobody(reason: str) -> bool:
    """Whether a mail server's answer says that nobody has the address, and nobody will tomorrow."""
    return says(reason, NOBODY)


def opened(raw: bytes, host: str) -> Opened:
    """A message as it came; `host` is what our own letters have behind the @ of their Message-IDs."""
    if raw.count(b"\n") + raw.count(b"\r") > 2 * _MOST_LINES or raw.lower().count(b"boundary") > _MOST_BOUNDARIES:
        log.info("inbox.unreadable", error="too many parts or lines")
        return Opened(hashlib.sha256(raw).hexdigest(), None)
    try:
        message = email.message_from_bytes(raw, policy=policy.compat32)
        own = str(message.get("Message-ID", "")).strip().encode("utf-8", "replace")
        key = hashlib.sha256(own or raw).hexdigest()
        return Opened(key, _report(message, host) if _is_report(message) else _answer(message))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's message makes of its reader, it says nothing
        log.info("inbox.unreadable", error=type(error).__name__)
        return Opened(hashlib.sha256(raw).hexdigest(), None)


def _answer(message: Message) -> Answered | None:
    senders = getaddresses([str(one) for one in message.get_all("From", [])])
    if len(senders) != 1:
        return None
    for part in message.walk():
        if part.get_content_type() in {"text/calendar", "application/ics"}:
            body = part.get_payload(decode=True)
            reply = read_reply(body) if isinstance(body, bytes) else None
            return Answered(reply, normalise(senders[0][1])) if reply else None
    return None


def _is_report(message: Message) -> bool:
    if message.get_content_type() != "multipart/report":
        return False
    return str(message.get_param("report-type", "delivery-status")).casefold() == "delivery-status"


def _report(message: Message, host: str) -> Returned | None:
    letter_id, failed = None, list[Message]()
    for part in _parts(message):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            failed = [block for block in _parts(part) if _word(block, "Action") == "failed"]
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            letter_id = _letter_id(part, host)
    if letter_id is None or not failed:
        return None
    recipients = frozenset(address for block in failed for address in _recipients(block))
    return Returned(letter_id, _reason(failed[0]), recipients)


def _letter_id(part: Message, host: str) -> UUID | None:
    """The letter whose headers came back, by the Message-ID that we gave it."""
    headers = next(iter(_parts(part)), None) or email.message_from_string(_text(part))
    own = re.search(r"<([0-9a-f-]{36})@([^\s>]+)>", str(headers.get("Message-ID", "")))
    return UUID(own[1]) if own and own[2].casefold() == host.casefold() else None


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _text(part: Message) -> str:
    body = part.get_payload(decode=True)
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""


def _word(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip().casefold()


def _recipients(block: Message) -> Iterator[str]:
    for name in ("Original-Recipient", "Final-Recipient"):
        _, _, address = str(block.get(name, "")).partition(";")
        try:
            yield normalise(address.strip().strip("<>"))
        except ValueError:
            continue


def _reason(block: Message) -> str:
    """What the other server answered, with its status before it where it does not say it itself."""
    status = _STATUS.fullmatch(_word(block, "Status"))
    answer = one_line(str(block.get("Diagnostic-Code", "")).partition(";")[2])
    if status and status[0] not in answer:
        answer = f"{status[0]} {answer}".strip()
    return answer or "5.0.0"
