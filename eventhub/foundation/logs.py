"""Structured logs that hold no addresses, names or tokens."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# A token in a path is its last part or the one before an ending; its first letters are enough to tell two apart.
_TOKEN = re.compile(r"(/(?:registrations|calendar|reset|confirm|invitations|letters|speak|join)/)([\w-]{6})[\w-]+")
_ADDRESS = re.compile(r"[^\s@/<>\"']+@[^\s@/<>\"']+")


def scrub(text: str) -> str:
    """A text without what must not be kept: e-mail addresses, and all of a token but its first six letters."""
    return _ADDRESS.sub("<address>", _TOKEN.sub(r"\1\2…", text))


def _scrubbed(logger: object, name: str, entry: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: scrub(value) if isinstance(value, str) else value for key, value in entry.items()}


def configure(*, readable: bool) -> None:
    """Write one line a happening: for people where `readable`, else as JSON."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _scrubbed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
