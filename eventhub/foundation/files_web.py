"""Files over HTTP: the fields and views that take them, and the address at which each is opened, by right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Flask, Response, g, request, send_file
from flask_babel import LazyString, gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage

from . import contents, files
from .actor import VISITOR
from .db import db
from .errors import Invalid, NotFound
from .files import MEGABYTE, MOST_BYTES_OF_A_PICTURE, SMALL, StoredFile, Upload
from .permissions import declares

bp = Blueprint("files", __name__)
View = TypeVar("View", bound=Callable[..., Any])

# Room for the fields of a form beside its file, and for a file that is a little too large to be told so in the form.
_BESIDE = 2 * MEGABYTE
# What a picture may do in a browser that is led to its address: nothing.
_SANDBOX = "sandbox; default-src 'none'"
# A picture never changes under its id. But a person who takes theirs down is gone from all caches within a day.
_PUBLIC_PICTURE = "public, max-age=86400, immutable"


def init_app(app: Flask) -> None:
    """Let the views that take files have larger bodies than all others."""

    # Before any function reads the form: the guard against forged forms is the first that does.
    @app.url_value_preprocessor
    def widen(endpoint: str | None, values: dict[str, Any] | None) -> None:
        most = getattr(app.view_functions.get(endpoint or ""), "most_bytes", None)
        if most is not None:
            request.max_content_length = most


def takes_files(most_bytes: int) -> Callable[[View], View]:
    """Let a view take a file of so many bytes; a body beyond it is answered 413 before anything of it is kept."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes + _BESIDE  # type: ignore[attr-defined]  # read by `widen`
        view.most_megabytes = most_bytes // MEGABYTE  # type: ignore[attr-defined]  # told by the page of a refusal
        return view

    return mark


def _told(allowed: Sequence[str], most: int) -> LazyString:
    return LazyString(lambda: gettext("%(kinds)s, at most %(most)s MB.", kinds=contents.listed(allowed), most=most))


def _weighed(most: int) -> dict[str, Any]:
    """What a file's field tells the script that looks at a file before it is sent: how much it may weigh, and words."""
    return {"data_most_bytes": most * MEGABYTE, "data_too_large": too_large(most)}


def too_large(most: int) -> LazyString:
    """What is said of a file beyond so many megabytes."""
    return lazy_gettext("This file is larger than %(most)s MB. Please make it smaller.", most=most)


class DocumentField(FileField):  # type: ignore[misc]  # Flask-WTF has no types
    """A document of one of a few kinds."""

    def __init__(
        self,
        label: LazyString,
        validators: Sequence[Any] = (),
        *,
        allowed: Sequence[str],
        most_bytes: int,
        **of_form: Any,
    ):
        most = most_bytes // MEGABYTE
        super().__init__(
            label,
            validators,
            description=_told(allowed, most),
            render_kw={"accept": ",".join(f".{kind}" for kind in allowed), **_weighed(most)},
            **of_form,
        )
        self.allowed, self.most_bytes = allowed, most_bytes

    def received(self) -> AbstractContextManager[Upload]:
        """What was sent, looked at. Raises Invalid, as `files.received` does."""
        sent: FileStorage = self.data
        return files.received(sent.stream, sent.filename or "", self.allowed, self.most_bytes)


class PictureForm(FlaskForm):  # type: ignore[misc]  # as above
    """A picture, by itself: a larger form would lose what was typed when it is refused."""

    file = FileField(
        lazy_gettext("Choose a photograph"),
        [FileRequired(lazy_gettext("Please choose a file."))],
        description=lazy_gettext(
            "JPEG, PNG or WebP, at most %(most)s MB. It is made smaller, and where it was taken is removed.",
            most=MOST_BYTES_OF_A_PICTURE // MEGABYTE,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp", **_weighed(MOST_BYTES_OF_A_PICTURE // MEGABYTE)},
    )

    def carried_out(self, save: Callable[[Upload], object]) -> bool:
        """Whether the picture is saved, made small; where not, the form says why beside its field."""
        try:
            with files.received_picture(self.file.data.stream) as upload:
                save(upload)
        except Invalid as error:
            self.file.errors = [error.message]
            return False
        return True

    @property
    def status(self) -> int:
        """The status of a page that shows the form."""
        return 422 if self.errors else 200


@bp.get("/files/<uuid:file_id>/<name>")
@declares(files.may_open)
def file(file_id: UUID, name: str) -> Response:
    """A file, to those whom its guard lets; to all others it is not there."""
    found = db.session.get(StoredFile, file_id)
    if found is None or not files.may_open(g.actor, found):
        raise NotFound
    return send(found, name, is_public=files.may_open(VISITOR, found))


def send(found: StoredFile, name: str, *, is_public: bool) -> Response:
    """The bytes of a file that the reader may open, or of its small picture where the name asks for that.

    Pictures show, all else is saved. Raises NotFound where the name is another, or the bytes are gone.
    """
    small = found.is_picture and name == SMALL
    if not small and name != found.name:
        raise NotFound
    try:
        response = send_file(
            files.path_of(found, small=small),
            mimetype=found.media_type,
            as_attachment=not found.is_picture,
            download_name=name,
            conditional=True,
            etag=found.sha256[:32] + ("-small" if small else ""),
            last_modified=found.created_at,
        )
    except FileNotFoundError:  # a database brought back without its files
        raise NotFound from None
    response.headers["Content-Security-Policy"] = _SANDBOX
    if not is_public:
        response.headers["Cache-Control"] = "private, no-store"
    elif found.is_picture:
        response.headers["Cache-Control"] = _PUBLIC_PICTURE
    else:  # it may be held back again, or replaced by another under a new address
        response.headers["Cache-Control"] = "no-cache"
    return response
