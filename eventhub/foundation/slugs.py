"""Words in addresses: made from titles, unique where they must be, never dead once public."""

from __future__ import annotations

import re
import secrets
import unicodedata
from uuid import UUID

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped

from .db import db
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
    from pypinyin import lazy_pinyin  # here: its dictionaries take 55 MB, and only those who plan events need them

    spelt = " ".join(lazy_pinyin(text))
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode().lower()
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


def free_slug(
    wanted: str,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    *where: object,
    row_id: UUID | None = None,
) -> str:
    """The wanted slug, or with a short suffix when it is or ever was taken, so that a refusal tells nothing.

    The thing named by `row_id` takes back a slug that it once had itself.
    """
    slug = wanted
    kind = column.class_.__tablename__
    if row_id is not None:
        own = OldSlug.kind == kind, OldSlug.slug == wanted, OldSlug.row_id == row_id
        db.session.execute(delete(OldSlug).where(*own))
    while db.session.scalar(select(column).where(column == slug, *where)) or db.session.scalar(  # type: ignore[arg-type]
        select(OldSlug.id).where(OldSlug.kind == kind, OldSlug.slug == slug)
    ):
        slug = f"{wanted}-{suffix()}"
    return slug


def retire_slug(kind: str, slug: str, row_id: UUID) -> None:
    """Keep a slug that a thing no longer has, so that its addresses go on leading there."""
    db.session.add(OldSlug(kind=kind, slug=slug, row_id=row_id))


def id_of_old_slug(kind: str, slug: str) -> UUID | None:
    """The thing that once had this slug."""
    return db.session.scalar(select(OldSlug.row_id).where(OldSlug.kind == kind, OldSlug.slug == slug))
