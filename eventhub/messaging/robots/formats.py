"""A message as each chat wants it: its body, its signature, and what its answers mean.

Each chat limits how often a robot speaks; where it says so, the message is tried again later. What anybody typed cannot
call a whole group: the marks by which a chat would do that are taken out.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from eventhub.foundation import fetching
from eventhub.foundation.outbox import NotNow, Refused

# Seconds between two messages of one robot: WeCom and DingTalk take twenty a minute.
PAUSE = 3.0
# Bytes of a text in UTF-8: of a longer one WeCom takes nothing.
MOST_OF_WECOM = 2048
# Codes by which chats say that they were written to too often.
_TOO_OFTEN = {"wecom": {45009, 45033}, "dingtalk": {130101, 410100, 660026}, "feishu": {9499, 11232}}


@dataclass(frozen=True, slots=True)
class Message:
    """What a robot says: the text line by line, the last being the link; and the same for programs."""

    id: UUID
    lines: tuple[str, ...]
    link: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to where."""

    address: str
    body: bytes
    headers: dict[str, str]


def request_for(kind: str, address: str, secret: str, message: Message, seconds: float) -> Request:
    """A message as a chat wants it, signed where there is a secret; `seconds` since 1970 is now."""
    return _WRITERS[kind](address, secret, message, seconds)


def judge(kind: str, status: int, body: bytes, pause: float = 0) -> str:
    """What an answer says, where the message was taken; raises NotNow where it may be later, Refused where never.

    `pause` is for how many seconds the chat wants to be left alone, where it says so.
    """
    said = _read(body)
    # Slack answers with a word, WeCom and DingTalk with `errcode`, Feishu with `code`.
    code = next((said[name] for name in ("errcode", "code", "StatusCode") if isinstance(said.get(name), int)), None)
    words = next((said[name] for name in ("errmsg", "msg", "StatusMessage") if isinstance(said.get(name), str)), "")
    answer = " ".join(filter(str.isprintable, f"{status} {code or ''} {words if code else ''}".split()))[:200]
    if fetching.is_later(status) or code in _TOO_OFTEN.get(kind, ()):
        raise NotNow(answer, pause)
    if not 200 <= status < 300 or (kind != "json" and code):
        raise Refused(answer)
    if kind in _TOO_OFTEN and code is None:
        raise Refused("odd")  # a page of some site, which takes everything: it is not the chat that has answered
    return answer


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _text(message: Message, most: int = 0) -> str:
    """The lines and the link, in so many bytes at most, where that is said: of what is longer, as much as fits."""
    # Feishu reads tags in a text, as the one that calls everybody.
    said = "\n".join(line.replace("<", "‹").replace(">", "›") for line in message.lines)
    room = most - len(f"…\n{message.link}".encode())
    if most and len(said.encode()) > room:
        said = said.encode()[: max(room, 0)].decode(errors="ignore").rstrip() + "…"
    return f"{said}\n{message.link}"


def _post(address: str, value: dict[str, Any], **headers: str) -> Request:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Request(address, body, {"Content-Type": "application/json; charset=utf-8", **named})


def _wecom(address: str, secret: str, message: Message, seconds: float) -> Request:
    return _post(address, {"msgtype": "text", "text": {"content": _text(message, MOST_OF_WECOM)}})


def _dingtalk(address: str, secret: str, message: Message, seconds: float) -> Request:
    if secret:
        moment = round(seconds * 1000)
        sign = base64.b64encode(hmac.digest(secret.encode(), f"{moment}\n{secret}".encode(), "sha256")).decode()
        address += f"{'&' if '?' in address else '?'}timestamp={moment}&sign={quote(sign, safe='')}"
    return _post(address, {"msgtype": "text", "text": {"content": _text(message)}, "at": {"isAtAll": False}})


def _feishu(address: str, secret: str, message: Message, seconds: float) -> Request:
    value: dict[str, Any] = {"msg_type": "text", "content": {"text": _text(message)}}
    if secret:
        # Here moment and secret are the key, and what is signed is nothing.
        sign = hmac.digest(f"{int(seconds)}\n{secret}".encode(), b"", "sha256")
        value = {"timestamp": str(int(seconds)), "sign": base64.b64encode(sign).decode(), **value}
    return _post(address, value)


def _slack(address: str, secret: str, message: Message, seconds: float) -> Request:
    lines = (line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in message.lines)
    return _post(address, {"text": "\n".join([*lines, f"<{message.link}>"])})


def _json(address: str, secret: str, message: Message, seconds: float) -> Request:
    made = _post(
        address, {"id": str(message.id), **message.data, "text": "\n".join(message.lines), "link": message.link}
    )
    made.headers["X-EventHub-Delivery"] = str(message.id)
    if secret:
        signed = f"{int(seconds)}.".encode() + made.body
        made.headers["X-EventHub-Timestamp"] = str(int(seconds))
        made.headers["X-EventHub-Signature"] = f"sha256={hmac.digest(secret.encode(), signed, 'sha256').hex()}"
    return made


_WRITERS: dict[str, Callable[[str, str, Message, float], Request]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "slack": _slack,
    "json": _json,
}
