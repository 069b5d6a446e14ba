"""What a registration begins with: how a person describes themself, and what they agree to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """How a person describes themself: a registration's columns of the same names."""

    name: str
    organisation: str = ""
    stakeholder_type: str | None = None
    country: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a person agreed to: the purpose, the version of the words, and the language they were read in."""

    purpose: str
    wording: str
    language: str
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details(Description):
    """What a registration begins with; `address` is as it was typed, `answers` what was said to which question.

    There are no answers (None) where whoever has just looked found that the event asks nothing. `companions` are the
    names of those whom somebody brings. `zone` is the one by which they read, where it is known.
    """

    address: str | None = None
    companions: Sequence[str] = ()
    zone: str | None = None
    agreements: Sequence[Agreement] = ()
    answers: Mapping[UUID, Any] | None = field(default_factory=dict)
