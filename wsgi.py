"""The application for a WSGI server: `granian --interface wsgi wsgi:app`."""

from eventhub.app import create_app
from eventhub.foundation.memory import keep_for_good

app = create_app()
keep_for_good()
