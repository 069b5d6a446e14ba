"""What every page has: its language, its actor, its headers, and what is shown when it cannot be."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit, urlunsplit
from wsgiref.headers import Headers as FileHeaders

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import Babel, gettext
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse
from whitenoise import WhiteNoise

from eventhub.config import Settings

from . import clock, fragments, i18n, markup
from .actor import VISITOR, Actor
from .counting import MEMORY
from .db import end_reading
from .errors import DomainError, NoLink, NotFound
from .focus import marked
from .i18n import HTML_LANG, LOCALES, Catalogue
from .permissions import declares, holds_a_link

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])
Answer = tuple[Any, int, dict[str, str]]


def network_of_reader() -> str:
    """The network a request comes from, for limits: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    address = _parsed(get_remote_address())
    if address is None:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, 64), strict=False))


def is_from_this_machine() -> bool:
    """Whether whoever asks is on the machine that answers: by the connection itself, and by what proxies say of it."""
    peer = request.environ.get("werkzeug.proxy_fix.orig", request.environ).get("REMOTE_ADDR")
    told = [_parsed(address) for address in (peer, request.remote_addr)]
    return all(address is not None and address.is_loopback for address in told)


def _parsed(told: str | None) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it, with a port or in brackets; None where it is none, as `unknown`."""
    bare = re.fullmatch(r"\[([^\]]+)\](?::\d+)?|([^:]+)(?::\d+)?|(.+)", told or "")
    try:
        address = ip_address(next(filter(None, bare.groups())) if bare else "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


babel = Babel()
babel.domain_instance = Catalogue()
csrf = CSRFProtect()
compress = Compress()
limiter = Limiter(network_of_reader, strategy="moving-window")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=()"
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
LANGUAGE_COOKIE = "language"
STATIC = Path(__file__).resolve().parent.parent / "static"
# What packages of others bring for the grid in which organisers lay out a day.
GRID = ("vendor/event-calendar.min.js", "vendor/event-calendar.min.css")
# And for the cameras of those phones whose browsers read no codes themselves.
CODE_READER = ("vendor/qr-reader.js", "vendor/qr-code.js")


def init_app(app: Flask, settings: Settings, actor_of_session: Callable[[], Actor]) -> None:
    """Give an application its request life: language, actor, headers, errors, limits, compression."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=settings.secret_key_fallbacks,
        SESSION_COOKIE_NAME="__Host-session" if settings.is_secure else "session",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch must not lose what was typed
        # The pages of private links send no Referer, which this check would ask for; the token is checked all the same.
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=4,
        COMPRESS_MIMETYPES=["text/html", "application/json", "application/xml", "text/css", "text/javascript"],
        RATELIMIT_STORAGE_URI=settings.redis_url or MEMORY,
        RATELIMIT_STORAGE_OPTIONS={"wrap_exceptions": True},
        RATELIMIT_HEADERS_ENABLED=False,
    )
    babel.init_app(
        app,
        default_translation_directories=app.config["TRANSLATIONS"],
        locale_selector=lambda: g.get("lang", settings.default_language),
    )
    csrf.init_app(app)
    compress.init_app(app)
    limiter.init_app(app)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n)  # type: ignore[method-assign]

    @app.url_value_preprocessor
    def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        # An address that leads nowhere has a language all the same: the one it begins with.
        first = request.path[1:3] if request.path[3:4] == "/" else ""
        g.lang = (values or {}).pop("lang", None) or (first if first in LOCALES else settings.default_language)

    @app.url_defaults
    def give_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = g.get("lang", settings.default_language)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        if "\x00" in request.path or b"\x00" in request.query_string or b"%00" in request.query_string:
            abort(400)
        if any("\x00" in value for _, value in request.form.items(multi=True)):
            abort(400)
        if request.method == "POST" and request.content_length and request.mimetype not in _FORMS:
            abort(415)  # a form is a form: what comes otherwise would pass by the checks of its fields
        g.actor = actor_of_session() if _has_session() else VISITOR

    @app.after_request
    def headers(response: Response) -> Response:
        if isinstance(request.routing_exception, RequestRedirect):
            # The router makes this address from the Host header, in which anybody may write anything.
            parts = urlsplit(response.location or "")
            way = urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, ""))
            response = cast(Response, redirect(way, response.status_code, Response))
        protect(response.headers, settings)
        if response.mimetype == "text/html" and "Cache-Control" not in response.headers:
            private = g.get("actor", VISITOR).kind != "visitor" or session.modified
            response.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
            response.vary.add("Cookie")
        return response

    app.jinja_env.globals.update(
        LOCALES=LOCALES,
        asset=asset,
        has_grid=not lacks(*GRID),
        render_once=fragments.render_once,
        html_lang=HTML_LANG.__getitem__,
        url_in=url_in,
        path_in=path_in,
        absolute=absolute,
        with_query=with_query,
        now=clock.now,
        gap=i18n.gap,
        spaced=i18n.spaced,
    )
    app.jinja_env.filters.update(
        day=i18n.format_day,
        days=i18n.format_days,
        date=i18n.format_date,
        month=i18n.format_month,
        weekday=i18n.format_weekday,
        clock=i18n.format_clock,
        country=i18n.country_name,
        moment=i18n.format_moment,
        zone_label=i18n.zone_label,
        in_zone=clock.wall,
        markdown=markup.to_html,
        plain=markup.to_plain,
        marked=marked,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _handle_errors(app)


def protect(headers: Headers | FileHeaders, settings: Settings) -> None:
    """Give an answer, of the application or a file, the headers that keep its reader safe."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if settings.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


class StaticFiles(WhiteNoise):  # type: ignore[misc]  # whitenoise has no types
    """Our own files before an application: each answer for one is as safe as the application's, a refusal too."""

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        # The address of a file holds its fingerprint, so whatever was fetched once may be kept.
        super().__init__(application, str(STATIC), "static/", allow_all_origins=False, max_age=31536000)
        self._settings = settings

    def serve(self, static_file: Any, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer with a file, or with the reason why not."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            protected = FileHeaders(headers)
            protect(protected, self._settings)
            return start_response(status, protected.items(), *error)

        return WhiteNoise.serve(static_file, environ, start)


def _has_session() -> bool:
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.extensions["eventhub_settings"])


def limit_per(amount: int, minutes: int) -> Callable[[], str]:
    """A limit of so many in so many minutes, times the site's factor, in the form that the limiter reads."""
    return lambda: f"{max(1, round(amount * settings().rate_limit_factor))} per {minutes} minutes"


def is_within(scope: str, key: str, amount: int, minutes: int) -> bool:
    """Count one more try under a key, and say whether it is within so many in so many minutes, times the site's factor.

    For forms that answer too many tries beside what was typed; where a page of its own will do, `limiter.limit`
    says it shorter.
    """
    most = max(1, round(amount * settings().rate_limit_factor))
    return limiter.limiter.hit(RateLimitItemPerMinute(most, minutes), scope, key)


def private_page(view: View) -> View:
    """Guard a page that a private link opens: no guessing, nothing kept, and its address told to nobody."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        try:
            response = make_response(view(*args, **kwargs))
        except NotFound:
            count_wrong_link()
            raise
        if response.status_code == 404:
            count_wrong_link()
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return cast(View, declares(holds_a_link)(guarded))


def count_wrong_link() -> None:
    """Count a link that opens nothing; above 60 a minute from one network the answer is 429.

    Right links open whatever others do: everybody at a workshop comes from one address, the phones at its doors too.
    """
    if not is_within("private links", network_of_reader(), 60, 1):
        abort(429)


@lru_cache(256)
def _fingerprint(name: str) -> str:
    file = STATIC / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "0"


def asset(name: str) -> str:
    """The address of one of our static files; it changes with the file, so that it may be kept for ever."""
    return f"/static/{name}?v={_fingerprint(name)}"


def lacks(*names: str) -> list[str]:
    """Those of our static files that are not there, as where they were not installed before a wheel was built."""
    return [name for name in names if not (STATIC / name).is_file()]


def wished_language() -> str:
    """The language somebody reads: the one they chose here before, else the one their browser asks for."""
    if (chosen := request.cookies.get(LANGUAGE_COOKIE)) in LOCALES:
        return chosen
    accepted = (tag for tag, weight in request.accept_languages if weight > 0)
    return i18n.wished_locale(accepted, settings().default_language)


def url_in(lang: str) -> str:
    """This page's address in another language, with what was asked of it."""
    if request.endpoint is None or "lang" not in (request.url_rule.arguments if request.url_rule else ()):
        return f"/{lang}/"
    query = request.query_string.decode("ascii", "ignore")
    return f"{path_in(lang)}?{query}" if query else path_in(lang)


def path_in(lang: str) -> str:
    """This page's address in a language without what was asked of it; only for pages whose address has a language."""
    assert request.endpoint
    return url_for(request.endpoint, **{**(request.view_args or {}), "lang": lang})


def with_query(**changes: Any) -> str:
    """This page's address with other parameters: None takes one out."""
    args = dict(request.args.items(multi=False))
    args.update({key: str(value) for key, value in changes.items() if value is not None})
    kept = {key: value for key, value in args.items() if changes.get(key, "") is not None}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def absolute(path: str) -> str:
    """A path as an address that letters and feeds can carry: made from BASE_URL, never from the request."""
    return settings().base_url + path


def address(endpoint: str, lang: str, **values: Any) -> str:
    """A page's address for a letter or a feed, made without a request."""
    path = current_app.url_map.bind("localhost").build(endpoint, {"lang": lang, **values})
    return absolute(path)


# Beyond any list; a database cannot count to every number that an address can hold.
LAST_PAGE = 10_000


def page_number() -> int:
    """Which page of a list the address asks for: the first where it asks for none, or for what is no number."""
    return min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)


def safe_next(target: str | None, otherwise: str) -> str:
    """Where to go on after signing in: a path of ours, never another origin."""
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return otherwise
    if any(ord(letter) < 33 or letter == "\\" for letter in target):
        return otherwise
    return target


def see_other(endpoint: str, **values: Any) -> AnyResponse:
    """Answer a form that was carried out: look at this page now."""
    return redirect(url_for(endpoint, **values), 303)


# When to come back, in seconds.
_LATER = {429: "60", 503: "5"}


def _too_large() -> tuple[str, str]:
    """What is said of a file that was refused unread, and the page on which another can be chosen."""
    most = getattr(current_app.view_functions.get(request.endpoint or ""), "most_megabytes", None)
    if most is None or request.url_rule is None:
        return "", ""
    has_page = "GET" in (request.url_rule.methods or ())
    message = gettext("This file is larger than %(most)s MB. Please make it smaller.", most=most)
    return message, request.path if has_page else ""


def page_above() -> str:
    """The nearest page above an address that only takes what a form sends, as after a page was opened elsewhere."""
    parts, adapter = request.path.strip("/").split("/"), current_app.create_url_adapter(request)
    for length in range(len(parts) - 1, 1, -1):  # never the front page, to which nobody need be led back
        above = f"/{'/'.join(parts[:length])}/"
        if adapter and adapter.test(above, "GET"):
            return above
    return ""


def _handle_errors(app: Flask) -> None:
    def answer(status: int, code: str, message: str, way_back: str = "", *, is_link: bool = False) -> Answer:
        headers = {"Retry-After": _LATER[status]} if status in _LATER else {}
        if request.path.startswith("/api/"):
            return {"error": {"code": code, "message": message}}, status, headers
        told = {"status": status, "code": code, "message": message, "way_back": way_back, "is_link": is_link}
        return render_template("error.html", **told), status, headers

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> Answer:
        return answer(error.status, error.code, error.message, is_link=isinstance(error, NoLink))

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Answer:
        text = gettext("This form is too old or came from elsewhere. Please open the page again and repeat.")
        return answer(400, "csrf", text)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        if error.response is not None or (error.code or 500) < 400:
            return error
        message, way_back = _too_large() if error.code == 413 else ("", "")
        if error.code == 405 and request.method == "GET":
            way_back = page_above()
        code = error.name.lower().replace(" ", "_")
        response = app.make_response(answer(error.code or 500, code, message, way_back))
        if valid := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(valid))
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(StorageError)
    def busy(error: OperationalError | StorageError) -> Answer:
        # A locked or full database, or one that is being restarted, or a limiter that cannot count and therefore
        # lets nobody in: nothing was written, and later it will work.
        cause = error.orig if isinstance(error, OperationalError) else error.storage_error
        log.error("storage.unavailable", error=type(cause).__name__)
        end_reading()
        return answer(503, "unavailable", gettext("This cannot be saved just now. Please try again in a moment."))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Answer:
        if app.testing or app.debug:
            raise error
        log.error("request.failed", path=request.path, exc_info=error)
        return answer(500, "unexpected", "")
