"""The application for a WSGI server: `granian --interface wsgi wsgi:app`."""

from eventhub.app import create_app

app = create_app()
