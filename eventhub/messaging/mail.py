"""A letter as a mail, and handing it over: to a mail server, or to a folder on a newcomer's machine."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

from email_validator import validate_email
from flask import render_template

from eventhub.calendars.invitations import Message
from eventhub.config import Settings
from eventhub.foundation.i18n import HTML_LANG
from eventhub.foundation.outbox import NotNow, Refused
from eventhub.people.addresses import tidy

from .drafts import Draft
from .placeholders import NO_WIDTH

TIMEOUT = 15  # seconds for each answer of a mail server
# A connection is kept for the letters that follow at once: for so many, and so many seconds after the last.
MOST_LETTERS, MOST_IDLE = 100, 5.0


# What stands alike in very many letters: to read such headers each time costs more than to write the letter.
_ALIKE = frozenset(("from", "reply-to", "subject", "auto-submitted", "mime-version", "content-language", "content-type",
                    "content-transfer-encoding", "content-disposition", "list-unsubscribe-post"))  # fmt: skip
_LONGEST = 78  # RFC 5322 §2.1.1: of a line


class _Kinds(HeaderRegistry):
    """What Python makes of each header, by its name: a class, of which it would make another one each time."""

    @cache  # noqa: B019 - there is one of these, for good
    def __getitem__(self, name: str) -> type:
        return cast(type, super().__getitem__(name))


class Folded(EmailPolicy):
    """How headers are broken into lines: the first has a word, and the addresses of List headers are not broken.

    Python begins a text that fits on the second line there, and some mail programs show the subject as empty.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """A header as it is kept in a message; of those that are alike, one for all."""
        if name.lower() in _ALIKE and type(value) is str:
            return name, _header(self, name, value)
        return super().header_store_parse(name, value)

    def _as_it_is(self, name: str, value: str) -> bool:
        return name.startswith("List-") or (
            value.isascii() and value.isprintable() and len(name) + 2 + len(value) <= _LONGEST
        )

    def fold(self, name: str, value: str) -> str:
        """The header, as text."""
        if self._as_it_is(name, value):
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value)).replace(f"{name}:{self.linesep} ", f"{name}: ", 1)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header, as it is sent."""
        if self._as_it_is(name, value):
            return f"{name}: {value}{self.linesep}".encode()
        broken, whole = f"{name}:{self.linesep} ".encode(), f"{name}: ".encode()
        return bytes(super().fold_binary(name, value)).replace(broken, whole, 1)


@lru_cache(512)
def _header(policy: Folded, name: str, value: str) -> Any:
    return EmailPolicy.header_store_parse(policy, name, value)[1]


# A recipient whose own name is not in ASCII can only be written to in a mail that is all UTF-8.
_USUAL = Folded(linesep="\r\n", header_factory=_Kinds())
_ALL_UTF8 = _USUAL.clone(utf8=True)


def one_line(text: str, most: int = 200) -> str:
    """A text that fits a header: nothing in it can begin another line, or another header."""
    kept = (mark if mark.isprintable() or mark == NO_WIDTH else " " for mark in text)
    return " ".join("".join(kept).split())[:most]


def build(
    draft: Draft,
    letter_id: UUID,
    to: str,
    lang: str,
    moment: datetime,
    settings: Settings,
    *,
    invitation: Message | None = None,
) -> EmailMessage:
    """The mail of a letter: plain text, HTML, an invitation by calendar, and the calendar file where there is one.

    Its Message-ID is made from the letter's id, so that a mail which is sent twice is one to its reader.
    """
    recipient = _deliverable(to)
    is_usual = recipient.username.isascii()
    message = EmailMessage(policy=_USUAL if is_usual else _ALL_UTF8)
    message["From"] = _sender(settings.mail_from)
    message["To"] = recipient
    message["Subject"] = one_line(draft.subject)
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = f"<{letter_id}@{urlsplit(settings.base_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    if draft.reply_to:
        # RFC 2047 §5: what is encoded may stand in a name, and never in an address (RFC 5322 §3.6.2). To whom one can
        # write in ASCII is not to miss a letter for an address that cannot be: it stands in the text instead.
        replies = _replies(draft.reply_to)
        if is_usual and not replies.username.isascii():
            draft = replace(draft, reply_to=None, write_to=replies.addr_spec)
        else:
            message["Reply-To"] = str(replies)
    if draft.ending:  # RFC 8058 §3.1: one click ends letters of this sort, and needs no page
        message["List-Unsubscribe"] = f"<{draft.ending}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Always base64: to choose what fits a text best costs more than all else that a letter costs.
    message.set_content(render_template("messaging/letter.txt", draft=draft), cte="base64")
    html = render_template("messaging/letter.html", draft=draft, lang=HTML_LANG[lang])
    message.add_alternative(html, subtype="html", cte="base64")
    if invitation:
        _invite(message, invitation)
    if draft.calendar:
        message.add_attachment(
            draft.calendar,
            maintype="text",
            subtype="calendar",
            filename="event.ics",
            params={"charset": "utf-8", "method": "PUBLISH"},
        )
    # Last, because what is said of the content moves into the first part when others are added.
    message["Content-Language"] = HTML_LANG[lang]
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            # In no line of base64, so that none has to be looked for that is not in this letter.
            part.set_boundary(f"=_{number}_=")
    return message


def _invite(message: EmailMessage, invitation: Message) -> None:
    """Say the letter once more to its reader's calendar (RFC 6047), and in a file for who has to open one.

    It is the last and so the best form of the same letter, and no attachment: a program that knows invitations shows
    one, any other shows the text.
    """
    how = {"charset": "utf-8", "method": invitation.method, "component": "VEVENT"}
    message.add_alternative(invitation.body, maintype="text", subtype="calendar", params=how)
    message.add_attachment(invitation.body, maintype="application", subtype="ics", filename="invite.ics")


def _deliverable(address: str) -> Address:
    """The address as mail servers read it: a domain in other letters has a form in ASCII.

    What was kept as it was typed may hold what a Chinese keyboard writes, as `＠`.
    """
    checked = validate_email(tidy(address), check_deliverability=False)
    return Address(username=checked.local_part, domain=checked.ascii_domain or checked.domain)


@lru_cache(16)
def _sender(mail_from: str) -> str:
    name, sender = parseaddr(mail_from)
    return str(Address(one_line(name), addr_spec=sender))


# To organisers very many answers go.
_replies = lru_cache(64)(_deliverable)


def hand_over(message: EmailMessage, letter_id: UUID, settings: Settings) -> None:
    """Give a mail out of our hands.

    Raises Refused where the mail server will never take it, NotNow where it may later, and what comes of not
    reaching it.
    """
    if settings.maildir:
        _keep(message, letter_id, settings.maildir)
        return
    try:
        _send(message, settings)
    except smtplib.SMTPRecipientsRefused as error:
        raise _verdict(*next(iter(error.recipients.values()))) from None
    except smtplib.SMTPDataError as error:
        raise _verdict(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPSenderRefused as error:
        # For good it is a matter of our settings, which somebody mends, and of no letter.
        if isinstance(verdict := _verdict(error.smtp_code, error.smtp_error), NotNow):
            raise verdict from None
        raise
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


class _Line:
    """A connection to a mail server, and how far the letter in it has come."""

    def __init__(self, mail_url: str) -> None:
        parts = urlsplit(mail_url)
        host, port = parts.hostname or "localhost", parts.port or (465 if parts.scheme == "smtps" else 25)
        self.mail_url = mail_url
        self.server = _connection(parts.scheme, host, port)
        self.letters, self.used_at = 0, time.monotonic()
        try:
            if parts.username:
                if parts.scheme == "smtp":
                    self.server.starttls(context=ssl.create_default_context())
                self.server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            self.server.close()
            raise

    def is_good_for(self, mail_url: str) -> bool:
        """Whether another letter may go by it."""
        is_fresh = time.monotonic() - self.used_at < MOST_IDLE
        return self.mail_url == mail_url and is_fresh and self.letters < MOST_LETTERS

    def answers(self) -> bool:
        """Whether the mail server is still there: it may have hung up since the last letter."""
        try:
            return bool(self.server.noop()[0] == 250)
        except (OSError, smtplib.SMTPException):
            return False


_kept = threading.local()


def _send(message: EmailMessage, settings: Settings) -> None:
    line: _Line | None = getattr(_kept, "line", None)
    if line is None or not line.is_good_for(settings.mail_url) or not line.answers():
        hang_up()
        line = _kept.line = _Line(settings.mail_url)
    try:
        # What cannot be delivered comes back to where we read it.
        line.server.send_message(message, from_addr=parseaddr(settings.mail_from)[1])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError):
        raise  # an answer about this letter: the next may go by the same connection
    except BaseException:
        hang_up()
        raise
    finally:
        line.letters, line.used_at = line.letters + 1, time.monotonic()


def hang_up() -> None:
    """Give back the connection that this thread has kept for further letters."""
    line: _Line | None = getattr(_kept, "line", None)
    _kept.line = None
    if line is not None:
        try:
            line.server.quit()
        except (OSError, smtplib.SMTPException):
            line.server.close()


def _connection(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT)


# A mailbox that is full, or asked to be tried later (RFC 3463, X.2.X), and a stranger's first letter put off.
_OF_ONE = re.compile(r"\b4\.2\.\d|gr[ae]y-?list", re.IGNORECASE)


def _verdict(code: int, reason: bytes | str) -> Refused | NotNow:
    words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    answer = one_line(f"{code} {words}")
    # Large providers in China answer 550 to one who writes too often, and take the same letter an hour later.
    if "frequen" in words.casefold():
        return NotNow(answer)
    return Refused(answer) if code >= 500 else NotNow(answer, is_of_one=_OF_ONE.search(words) is not None)


# A mailbox that does not exist, or never did (RFC 3463 §3.2); 5.1.7 and 5.1.8 are about who writes.
NOBODY = r"5\.1\.(?![78]\b)\d{1,3}"


def says(answer: str, status: str) -> bool:
    """Whether a mail server's answer has a status like this pattern; the middle of an IP address is none."""
    return re.search(rf"(?<![\d.]){status}(?!\d|\.\d)", answer) is not None


def discard(letter_ids: Iterable[UUID], settings: Settings) -> None:
    """Have nothing left of letters in the folder on a newcomer's machine; a mail server's are out of our hands."""
    if settings.maildir:
        for letter_id in letter_ids:
            (settings.maildir / f"{letter_id}.eml").unlink(missing_ok=True)


def _keep(message: EmailMessage, letter_id: UUID, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{letter_id}.{os.getpid()}"
    draft.write_bytes(message.as_bytes())
    # Under its name at once or not at all; a letter that is sent again takes the place of the first.
    draft.replace(folder / f"{letter_id}.eml")
