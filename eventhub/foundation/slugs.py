"""Words in addresses: made from titles, unique where they must be, never dead once public."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import UniqueConstraint, delete, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Mapped

from .db import db
from .pinyin import spelt
from .tables import Record

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


class OldSlug(Record):
    """A slug that a thing once had; its addresses redirect, its feeds are served."""

    __tablename__ = "old_slugs"
    __table_args__ = (UniqueConstraint("kind", "slug"),)

    kind: Mapped[str]
    slug: Mapped[str]
    row_id: Mapped[UUID]


def slugify(text: str, most: int = 60) -> str:
    """A text as small Latin letters, figures and hyphens; Chinese is spelt in pinyin."""
    plain = unicodedata.normalize("NFKD", " ".join(spelt(text))).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > most:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or suffix()


def suffix() -> str:
    """Four letters and figures that cannot be mistaken for each other."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(4))


Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


def free_slug(wanted: str, column: Column, *where: object, row_id: UUID | None = None) -> str:
    """The wanted slug, or with a short suffix when it is or ever was taken, so that a refusal tells nothing.

    The thing named by `row_id` takes back a slug that it once had itself.
    """
    if row_id is not None:
        own = OldSlug.kind == column.class_.__tablename__, OldSlug.slug == wanted, OldSlug.row_id == row_id
        db.session.execute(delete(OldSlug).where(*own))
    return free_slugs([wanted], column, *where)[0]


def free_slugs(wanted: Sequence[str], column: Column, *where: object) -> list[str]:
    """For each wanted slug a free one, as `free_slug` finds it, no two alike; all of them are looked up together."""
    found, given = list(wanted), set[str]()
    open_: Sequence[int] = range(len(found))
    while open_:
        taken = _taken({found[number] for number in open_}, column, *where)
        clashing = []
        for number in open_:
            if found[number] in taken or found[number] in given:
                found[number] = f"{wanted[number]}-{suffix()}"
                clashing.append(number)
            else:
                given.add(found[number])
        open_ = clashing
    return found


def _taken(slugs: Collection[str], column: Column, *where: object) -> set[str]:
    """Those of these slugs that a thing of this kind has or once had."""
    there = select(column).where(column.in_(slugs), *where)  # type: ignore[arg-type]
    kind = column.class_.__tablename__
    once = select(OldSlug.slug).where(OldSlug.kind == kind, OldSlug.slug.in_(slugs))
    return {slug for slug in db.session.scalars(union_all(there, once)) if slug}


def retire_slug(kind: str, slug: str, row_id: UUID) -> None:
    """Keep a slug that a thing no longer has, so that its addresses go on leading there."""
    db.session.add(OldSlug(kind=kind, slug=slug, row_id=row_id))


def id_of_old_slug(kind: str, slug: str) -> UUID | None:
    """The thing that once had this slug."""
    return db.session.scalar(select(OldSlug.row_id).where(OldSlug.kind == kind, OldSlug.slug == slug))
