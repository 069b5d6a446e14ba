"""Structured logs that hold no addresses, names or tokens."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog

# A token has 43 letters, wherever it stands and whatever somebody wrote before or after it; one letter more than an id
# has is enough to be taken for one. Its first ones are enough to tell two apart.
_TOKEN = re.compile(r"([\w-]{6})[\w-]{31,}")
_ADDRESS = re.compile(r"[^\s@/<>\"']+@[^\s@/<>\"']+")


def scrub(text: str) -> str:
    """A text without what must not be kept: e-mail addresses, and all of a token but its first six letters."""
    return _ADDRESS.sub("<address>", _TOKEN.sub(r"\1…", text))


def _scrubbed(logger: object, name: str, entry: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: scrub(value) if isinstance(value, str) else value for key, value in entry.items()}


def _without_words(logger: object, name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep of an exception its kinds and the lines it came through: its words may be what somebody typed."""
    error = entry.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        entry["exception"] = "\n".join(_kinds_and_lines(error))
    return entry


def _kinds_and_lines(error: BaseException) -> Iterator[str]:
    if cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        yield from _kinds_and_lines(cause)
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield type(error).__qualname__


def configure(*, readable: bool) -> None:
    """Write one line a happening: for people where `readable`, else as JSON."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _without_words,
        _scrubbed,
    ]
    structlog.configure(
        processors=[*steps, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # What libraries have to say goes the same way.
    of_libraries = logging.StreamHandler(sys.stderr)
    unwrap = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=steps, processors=[unwrap, renderer])
    )
    logging.basicConfig(handlers=[of_libraries], level=logging.WARNING)
