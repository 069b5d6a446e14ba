"""The browser inside WeChat, which saves no file and opens no other application.

Whatever would be a file there is answered with a page that says so, with its address to copy and the way to a browser,
in which the same address gives the file. This is decided for all answers in one place; a page that offers files may
ask `in_wechat` to say so beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from flask import (
    Flask,
    Response,
    abort,
    after_this_request,
    current_app,
    flash,
    g,
    has_request_context,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import gettext, refresh
from werkzeug.wrappers import Response as AnyResponse

from . import i18n, qr
from .permissions import holds_a_link
from .web import absolute, page_above, wished_language

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# What other browsers show or hand on without saving it; all else that is no page is sent to be saved, and what programs
# read stands there as its source. What has no such ending is read by a page's own script.
_CALENDARS = {"text/calendar", "application/calendar+json", "application/jscalendar+json"}
_HANDED_ON = {"application/pdf", *_CALENDARS}
_FOR_PROGRAMS = (".atom", ".json", ".xml")


def init_app(app: Flask) -> None:
    """Let no file be sent into WeChat. Before all that looks at an answer: it is called after `web.init_app`."""
    app.jinja_env.globals["in_wechat"] = in_wechat

    @app.after_request
    def explain(response: Response) -> Response:
        if not _is_file(response):
            return response
        if not is_asked_by(request.environ):
            response.vary.add("User-Agent")
            return response
        response.close()  # the file behind it may be open
        return cast(Response, _instead(is_calendar=response.mimetype in _CALENDARS))


def is_asked_by(environ: WSGIEnvironment) -> bool:
    """Whether a request comes from inside WeChat."""
    return "MicroMessenger" in environ.get("HTTP_USER_AGENT", "")


def in_wechat() -> bool:
    """Whether the reader of this page is inside WeChat; no cache gives the page to somebody who is elsewhere.

    What asks this may be kept by `render_once` only where its key asks it, too.
    """

    @after_this_request
    def depends_on_the_browser(response: Response) -> Response:
        response.vary.add("User-Agent")
        return response

    return is_asked_by(request.environ)


def leave_if_inside() -> None:
    """End a request from inside WeChat with what explains, before a file is made for nothing, or noted as taken."""
    if has_request_context() and is_asked_by(request.environ):
        abort(_instead())


def _is_file(response: Response) -> bool:
    # That nothing has changed (304) would have WeChat take out what it was once sent, which it can save no better.
    is_sent = response.status_code in {200, 206, 304}
    saved = response.headers.get("Content-Disposition", "").startswith("attachment")
    return is_sent and (saved or response.mimetype in _HANDED_ON or request.path.endswith(_FOR_PROGRAMS))


def _instead(*, is_calendar: bool = False) -> AnyResponse:
    """What somebody inside WeChat gets in place of a file; whoever sent a form is led back to where it stands."""
    before = _page_before()
    if request.url_rule is None or "lang" not in request.url_rule.arguments:
        g.lang = before[1:3] or wished_language()
        refresh()
    if request.method not in {"GET", "HEAD"}:
        way = gettext("Tap ··· at the top right, choose “Open in browser”, and go on there.")
        flash(i18n.gap().join((gettext("WeChat cannot save files."), way)), "attention")
        answer = redirect(page_above() or f"/{g.lang}/", 303)
    else:
        query = request.query_string.decode("ascii", "ignore")
        address = absolute(quote(request.path) + (f"?{query}" if query else ""))
        view = current_app.view_functions[request.endpoint or ""]
        answer = make_response(
            render_template(
                "in_wechat.html",
                address=address,
                picture=qr.drawn(address),
                is_calendar=is_calendar,
                is_private=getattr(view, "policy", None) is holds_a_link,
                way_back=before or _page_beside() or page_above(),
            )
        )
    answer.headers["Cache-Control"] = "private, no-store"  # it must never stand for the file
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.vary.add("User-Agent")
    return answer


def _page_before() -> str:
    """The page of ours, in a language, on which the link stood, where the browser tells it; else empty."""
    before = (request.referrer or "").removeprefix(absolute(""))
    return before if before[:1] == before[3:4] == "/" and before[1:3] in i18n.LOCALES else ""


def _page_beside() -> str:
    """The page that shows what is in a file, as a ticket's that of its PDF; private pages tell no link's address."""
    beside, adapter = f"{request.path.rpartition('.')[0]}/", current_app.create_url_adapter(request)
    return beside if adapter and adapter.test(beside, "GET") else ""
