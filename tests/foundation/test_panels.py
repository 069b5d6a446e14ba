"""Places in a page which higher floors fill."""

from __future__ import annotations

from flask import Flask, render_template_string
from markupsafe import escape

from eventhub.foundation import panels


def test_panels_are_shown_in_their_order_and_those_with_nothing_to_show_leave_no_trace():
    app = Flask(__name__)
    panels.init_app(
        app,
        {
            "event.aside": [
                lambda event: f"<p>first: {escape(event)}</p>",
                lambda event: None,
                lambda event: "",
                lambda event: f"<p>last of {len(event)}</p>",
            ]
        },
    )
    with app.test_request_context():
        shown = render_template_string("[{{ panels('event.aside', event=name) }}]", name="<b>")
        assert shown == "[<p>first: &lt;b&gt;</p><p>last of 3</p>]"
        assert render_template_string("[{{ panels('nobody.fills.this', event=1) }}]") == "[]"
