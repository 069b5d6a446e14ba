"""A person's public page: it is there as long as the person stands on a public programme."""

from __future__ import annotations

from flask import Blueprint, render_template

from eventhub.foundation.errors import NotFound
from eventhub.people import queries as people_queries

from . import public

# The page lies here and not with people, because only a programme knows whether somebody is shown at all.
bp = Blueprint("people", __name__, url_prefix="/<any(en,zh):lang>")


@bp.get("/people/<slug>/")
def person(slug: str) -> str:
    """Somebody on a public programme; for all others there is no such page."""
    found = people_queries.find_by_slug(slug)
    if found is None or not public.list_parts(found.id):
        raise NotFound
    return render_template("people/person.html", person=found)
