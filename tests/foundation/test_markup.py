"""What people write in Markdown stays harmless, and Chinese stays readable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation.markup import to_html, to_plain

HARMFUL = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="https://good.example" onclick=alert(1)>x</a>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    "<style>*{background:url(javascript:alert(1))}</style>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](<javascript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&NewLine;:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](tel:+4122)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<vbscript:x>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    '![x](x" onerror="alert(1))',
    '[x](https://good.example "" onmouseover="alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "[x][y]\n\n[y]: <java\tscript:alert(1)>",
    "`<script>alert(1)</script>`",
    '```html"onload=alert(1)\n<script>alert(1)</script>\n```',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<a\nhref=javascript:alert(1)>x</a>",
    "[<img src=x onerror=alert(1)>](https://good.example)",
    '[a](https://good.example/"><script>alert(1)</script>)',
]


@pytest.mark.parametrize("payload", HARMFUL)
def test_no_harm_comes_through(payload):
    html = str(to_html(payload))
    tags = re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>", html)
    assert {name for name, _ in tags} <= {
        "p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "hr"
    }  # fmt: skip
    for name, attributes in tags:
        if name == "a" and attributes:
            address = re.fullmatch(r' href="((?:https?|mailto):[^"]*)" rel="noopener nofollow"', attributes)
            assert address or attributes == ' rel="noopener nofollow"', html
        else:
            assert attributes.strip(" /") == "", html


def test_links_lead_away_politely():
    assert to_html("[ICVA](https://www.icvanetwork.org/?a=1&b=2)") == (
        '<p><a href="https://www.icvanetwork.org/?a=1&amp;b=2" rel="noopener nofollow">ICVA</a></p>\n'
    )
    assert 'href="mailto:contact@example.org"' in to_html("<contact@example.org>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**注意：**请看", "<strong>注意：</strong>请看"),
        ("请看**“引号”**内容", "请看<strong>“引号”</strong>内容"),
        ("**（一）**背景", "<strong>（一）</strong>背景"),
        ("他说：*“好。”*然后", "他说：<em>“好。”</em>然后"),
        ("**Note:** read this", "<strong>Note:</strong> read this"),
        ("普通**粗体**文字", "普通<strong>粗体</strong>文字"),
        ("snake_case_word", "snake_case_word"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a ** b ** c", "a ** b ** c"),
        ("你好，* 不是强调 *。", "你好，* 不是强调 *。"),
    ],
)
def test_emphasis_in_both_languages(text, html):
    assert to_html(text) == f"<p>{html}</p>\n"


def test_headings_begin_below_those_of_the_page():
    assert to_html("# One\n\n## Two\n\n### Three\n\n##### Five") == (
        "<h3>One</h3>\n<h3>Two</h3>\n<h3>Three</h3>\n<h4>Five</h4>\n"
    )


def test_a_line_break_is_a_line_break():
    assert to_html("one\ntwo") == "<p>one<br>\ntwo</p>\n"


def test_the_plain_form_keeps_what_was_meant():
    text = "# 日程\n\nFirst & **last**\nline\n\n- one\n- [two](https://example.org/?a=1&b=2)\n\n<https://example.org/>"
    assert to_plain(text) == (
        "日程\n\nFirst & last\nline\n\n- one\n- two (https://example.org/?a=1&b=2)\n\nhttps://example.org/"
    )


def test_the_plain_form_counts_what_is_numbered():
    assert to_plain("1. one\n   - in\n   - on\n2. two\n\n- a\n  1. b\n- c\n\n1) x") == (
        "1. one\n\n- in\n- on\n\n2. two\n\n- a\n\n1. b\n\n- c\n\n1. x"
    )


@given(st.text(max_size=200))
def test_any_text_has_both_forms(text):
    html, plain = to_html(text), to_plain(text)
    assert "<script" not in html
    assert plain == plain.strip()


@given(st.from_regex(r"[A-Za-z\u4e00-\u9fa5]{1,20}( [A-Za-z\u4e00-\u9fa5]{1,20}){0,5}", fullmatch=True))
def test_plain_words_stay_as_they_are(text):
    assert to_plain(text) == text
    assert to_html(text) == f"<p>{text}</p>\n"
