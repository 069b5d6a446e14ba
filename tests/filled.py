"""A page's form as a browser would send it back."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and self.forms:
            if told.get("type") not in {"checkbox", "radio"}:
                self._say(name, value)
            elif "checked" in told:
                self._say(name, value or "on")
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((value, "selected" in told))
        elif tag == "textarea":
            self.area, self.text = name, ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            chosen = [value for value, is_chosen in self.options if is_chosen]
            for value in chosen or [value for value, _ in self.options[:1]]:
                self._say(self.select, value)
        elif tag == "textarea" and self.area is not None:
            # The parser of HTML drops a first line end; line ends are sent as two characters.
            self._say(self.area, self.text.removeprefix("\r\n").removeprefix("\n").replace("\n", "\r\n"))
            self.area = None

    def _say(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1].setdefault(name, []).append(value)


def filled(page: str, **changes: Any) -> dict[str, Any]:
    """The values of the page's largest form, with some of them changed."""
    parser = _Forms()
    parser.feed(page)
    return {**max(parser.forms, key=len), **changes}


class _Focus(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if "autofocus" in told:
            self.found.append(told.get("id") or told.get("class") or tag)


def begins_at(page: str) -> list[str]:
    """What takes the focus as soon as the page is there, by its id or else its class; two would be one too many."""
    parser = _Focus()
    parser.feed(page)
    return parser.found
