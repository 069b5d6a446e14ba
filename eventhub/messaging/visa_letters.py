"""What somebody hears of their letter of invitation for a visa: never anything that stands in it."""

from __future__ import annotations

from flask_babel import gettext


def news(kind: str, title: str) -> list[str]:
    """The subject, then the sentences; nothing where the letter is about something else."""
    if kind == "visa_issued":
        return [
            gettext("Your letter of invitation is ready: %(title)s", title=title),
            gettext("You find it, as a PDF for the embassy, on the page of your own link below."),
        ]
    if kind == "visa_declined":
        return [
            gettext("No letter of invitation: %(title)s", title=title),
            gettext("The organisers have not issued the letter that you asked for. Your passport data are erased."),
            gettext("If you do not know why, please answer this letter."),
        ]
    return []
