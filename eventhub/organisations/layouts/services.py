"""Saying how an organisation's documents look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.foundation import files
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.files import StoredFile, Upload
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.organisations import policy
from eventhub.organisations.models import Organisation
from eventhub.organisations.signals import LayoutChanged

from .models import COLOUR, PICTURES, Layout

# What a text must stand out by from its paper, and the paper from a text (WCAG 2.2, 1.4.3).
_LEAST_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class LayoutPlan:
    """What can be typed of a layout: its columns of the same names."""

    colour: str = COLOUR
    letterhead: Translated = EMPTY


def find_layout(organisation_id: UUID) -> Layout | None:
    """How an organisation's documents look, if it has said so."""
    return db.session.scalar(select(Layout).where(Layout.organisation_id == organisation_id))


@use_case
def change_layout(actor: Actor, organisation_id: UUID, plan: LayoutPlan, version: int | None = None) -> Layout:
    """The organisation's layout with another colour and letterhead.

    Raises Invalid where white letters could not be read on the colour, Stale where somebody saved since `version`.
    """
    layout = _lock(actor, organisation_id)
    check_version(layout, version)
    colour = plan.colour.strip().lower()
    if not re.fullmatch("#[0-9a-f]{6}", colour):
        raise Invalid("colour", gettext("Write the colour as #0f6b6b."))
    if contrast(colour) < _LEAST_CONTRAST:
        raise Invalid("colour", gettext("This colour is too light to be read on paper. Please choose a darker one."))
    layout.colour, layout.letterhead = colour, plan.letterhead
    announce(LayoutChanged(organisation_id))
    return layout


@use_case
def set_picture(actor: Actor, organisation_id: UUID, which: str, upload: Upload) -> Layout:
    """The layout with this logo or signature, and no other."""
    layout = _lock(actor, organisation_id)
    return _change_picture(layout, which, files.store(PICTURES[which], organisation_id, upload).id)


@use_case
def remove_picture(actor: Actor, organisation_id: UUID, which: str) -> Layout:
    """The layout without its logo, or without its signature; where there is none, nothing happens."""
    return _change_picture(_lock(actor, organisation_id), which, None)


def may_open_picture(actor: Actor, file: StoredFile) -> bool:
    """Whether somebody may open the picture by itself: who acts for the organisation. Others see it on documents."""
    return policy.may_open_organisation(actor, file.owner_id)


def contrast(colour: str) -> float:
    """How far a colour stands out from white, 1 to 21 (WCAG 2.2, contrast ratio)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _lock(actor: Actor, organisation_id: UUID) -> Layout:
    """The layout, made where there is none yet; the organisation is locked, so that two at once make one."""
    get(Organisation, organisation_id, lock=True)
    require(policy.may_administer(actor, organisation_id), hidden=True)
    layout = find_layout(organisation_id)
    if layout is None:
        layout = Layout(organisation_id=organisation_id)
        db.session.add(layout)
        db.session.flush()
    return layout


def _change_picture(layout: Layout, which: str, picture_id: UUID | None) -> Layout:
    column = f"{which}_id"
    before_id = getattr(layout, column)
    before = db.session.get(StoredFile, before_id) if before_id else None
    setattr(layout, column, picture_id)
    db.session.flush()
    if before is not None:
        files.remove(before)
    announce(LayoutChanged(layout.organisation_id))
    return layout
