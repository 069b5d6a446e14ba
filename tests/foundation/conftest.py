"""Applications as their readers meet them in production: faults become pages instead of exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from eventhub.app import create_app
from eventhub.foundation.db import db


@pytest.fixture
def make_site(app: Flask) -> Iterator[Callable[..., Flask]]:
    """Further applications over the same database, with other settings where given."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        site = create_app(app.extensions["eventhub_settings"].model_copy(update=changes))
        site.test_client_class = app.test_client_class
        made.append(site)
        return site

    yield make
    for site in made:
        with site.app_context():
            db.engine.dispose()


@pytest.fixture
def site(make_site: Callable[..., Flask]) -> Flask:
    """A further application, to which a test may add addresses of its own."""
    return make_site()
