"""What people write in Markdown, as safe HTML and as plain text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache, partial

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.rules_inline.state_inline import Scanned
from markupsafe import Markup

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "hr"}
_OF_LISTS = re.compile(r"<(ol|ul)>|</(ol|ul)>|<li>\s*(?:<p>)?")
_FULL_WIDTH = re.compile("[\u2018-\u201d\u3000-\u303f\uff00-\uffef]")


def _emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser calls it so
    """Let `**注意：**请看` be bold.

    CommonMark 0.31 §6.2 lets a mark beside punctuation end emphasis only where white space follows; Chinese has none.
    """

    def scan(start: int, can_split_word: bool) -> Scanned:  # noqa: FBT001 - as above
        found = StateInline.scanDelims(state, start, can_split_word)
        before, after = state.src[start - 1 : start], state.src[start + found.length : start + found.length + 1]
        if can_split_word and (_FULL_WIDTH.match(before) or _FULL_WIDTH.match(after)):
            return Scanned(bool(after.strip()), bool(before.strip()), found.length)
        return found

    state.scanDelims = scan  # type: ignore[method-assign,assignment]
    return emphasis.tokenize(state, silent)


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
_markdown.inline.ruler.at("emphasis", _emphasis)


@lru_cache(2048)
def to_html(text: str) -> Markup:
    """Markdown as HTML with only harmless tags; headings begin at the third level, links say they lead away."""
    html = _markdown.render(text)
    html = re.sub(r"<(/?)h[12]>", r"<\1h3>", html)
    html = re.sub(r"<(/?)h[56]>", r"<\1h4>", html)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",  # the same text is read in letters and calendars, where a path leads nowhere
        link_rel="noopener nofollow",
    )
    return Markup(clean)  # noqa: S704 - cleaned in the line above


@lru_cache(2048)
def to_plain(text: str) -> str:
    """Markdown as plain text: paragraphs apart, list marks kept, links with their address behind them."""
    html = str(to_html(text))
    html = re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', lambda m: m[2] if m[2] == m[1] else f"{m[2]} ({m[1]})", html)
    lists: list[Iterator[int] | None] = []
    html = _OF_LISTS.sub(partial(_list_mark, lists), html)
    html = re.sub(r"(</p>)?\s*</li>\s*|<br\s*/?>\s*", "\n", html)
    html = re.sub(r"</(p|h3|h4|blockquote|ul|ol)>\s*|<hr\s*/?>\s*", "\n\n", html)
    plain = "\n".join(_strip(line) for line in html.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _list_mark(lists: list[Iterator[int] | None], found: re.Match[str]) -> str:
    """What begins an item: its number in the list that is open, or a dash."""
    if found[1]:
        lists.append(itertools.count(1) if found[1] == "ol" else None)
    elif found[2]:
        lists.pop()
    else:
        numbers = lists[-1]
        return "- " if numbers is None else f"{next(numbers)}. "
    return found[0]


def _strip(line: str) -> str:
    return Markup(line).striptags()  # noqa: S704 - only to take the tags off
