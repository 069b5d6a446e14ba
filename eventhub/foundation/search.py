"""Finding things by their words, in Chinese too: words of two characters are found on both databases.

Each Chinese character becomes a word of its own and a run of them a phrase, so that `研讨` finds 研讨会;
SQLite keeps the words in FTS5, PostgreSQL in a tsvector of the `simple` configuration.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Text, UniqueConstraint, Uuid, column, delete, func, insert, select, table
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from .db import db
from .tables import Record

_HAN = re.compile("([\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_WORD = re.compile(r"\w+")


class SearchDocument(Record):
    """The words of one thing, in all its languages; only what may be found by everybody is here.

    Used on PostgreSQL; SQLite has the virtual table `search_words` in its stead, which no model can describe.
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        UniqueConstraint("kind", "row_id"),
        Index(None, "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )

    kind: Mapped[str]
    row_id: Mapped[UUID]
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


_fts = table("search_words", column("rowid"), column("row_id", Uuid()), column("kind"), column("words"))


def words_of(texts: Iterable[str]) -> str:
    """Texts as words with spaces between, each Chinese character a word; full-width letters as ordinary ones."""
    spread = _HAN.sub(r" \1 ", unicodedata.normalize("NFKC", " ".join(texts)).casefold())
    return " ".join(_WORD.findall(spread))


def put(kind: str, row_id: UUID, texts: Iterable[str]) -> None:
    """Make a thing findable by these texts instead of those before; by none where there are none."""
    words = words_of(texts)
    if _is_sqlite():
        # A row of FTS5 is quickly found by its number only, so the number is made from the id.
        number = int.from_bytes(sha256(f"{kind}:{row_id}".encode()).digest()[:8], "big") >> 1
        db.session.execute(_fts.delete().where(_fts.c.rowid == number))
        if words:
            db.session.execute(_fts.insert().values(rowid=number, kind=kind, row_id=row_id, words=words))
        return
    document = SearchDocument
    db.session.execute(delete(document).where(document.kind == kind, document.row_id == row_id))
    if words:
        vector = func.to_tsvector("simple", words)
        db.session.execute(insert(document).values(kind=kind, row_id=row_id, words=vector))


def matches(
    kind: str, id_column: ColumnElement[UUID] | InstrumentedAttribute[UUID], wanted: str
) -> ColumnElement[bool] | None:
    """A condition for the things of a kind that contain all the wanted words; None where nothing was asked.

    Words are found by their beginning, runs of Chinese characters as phrases.
    """
    terms = [words_of([part]).split() for part in wanted.split()[:8]]
    terms = [term for term in terms if term]
    if not terms:
        return None
    if _is_sqlite():
        query = " AND ".join(f'"{" ".join(term)}"*' for term in terms)
        found = select(_fts.c.row_id).where(_fts.c.kind == kind, _fts.c.words.op("MATCH")(query))
        return id_column.in_(found)
    query = " & ".join("(" + " <-> ".join([*term[:-1], f"{term[-1]}:*"]) + ")" for term in terms)
    document = SearchDocument
    vector = func.to_tsquery("simple", query)
    return id_column.in_(select(document.row_id).where(document.kind == kind, document.words.op("@@")(vector)))


def _is_sqlite() -> bool:
    return bool(db.session.connection().dialect.name == "sqlite")
