"""The application for a WSGI server: `granian --interface wsgi wsgi:app`."""

from eventhub.foundation.memory import loading_for_good

with loading_for_good():
    from eventhub.app import create_app

    app = create_app()
