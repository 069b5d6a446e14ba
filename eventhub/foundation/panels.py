"""Named places in a page which higher floors fill: the page's own floor knows only the name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, current_app
from markupsafe import Markup

Panel = Callable[..., str | None]


def init_app(app: Flask, panels: dict[str, list[Panel]]) -> None:
    """Register what fills each place, in the order shown; templates call `panels('event.side', event=event)`."""
    app.extensions["eventhub_panels"] = panels
    app.jinja_env.globals["panels"] = show


def show(name: str, **things: Any) -> Markup:
    """What the higher floors have to show at this place, in their order."""
    registered = cast("dict[str, list[Panel]]", current_app.extensions["eventhub_panels"])
    # A panel renders a template of ours, which has escaped what people wrote.
    return Markup("").join(Markup(html) for panel in registered.get(name, []) if (html := panel(**things)))  # noqa: S704
