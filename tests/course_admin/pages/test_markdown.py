"""What people write to each other: Markdown as a reader expects it, and of hostile text nothing but text."""

import re

import pytest

from course_admin.pages.markdown import ELEMENTS, in_one_line, markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "</bdi></div><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&#58;alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![pixel](https://evil.example/p.png)",
    '<https://evil.example/" onmouseover="alert(1)>',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "[a]: javascript:alert(1)\n\n[a]",
    "# <svg onload=alert(1)>\n\nTitle\n=====",
    "{{ settings.SECRET_KEY }}{% now 'Y' %}",
    "&lt;script&gt; <style>*{display:none}</style> <form action=//evil.example>",
    "[into these pages](/accounts/logout/) [also](//evil.example)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text):
    html = markdown(text)
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", html)) <= ELEMENTS
    attributes = re.findall(r"<[a-z]+ ([^>]*)>", html)
    assert all(
        re.fullmatch(r'href="(https?://|mailto:)[^"<>]*" rel="[a-z ]+"|rel="[a-z ]+"', each) for each in attributes
    )


def test_what_is_invisible_is_shown():
    assert "\\u202e" in markdown("passed \u202edelliaf")
    assert "\x1b" not in markdown("\x1b[2J")


def test_what_a_reader_expects():
    html = markdown(
        "See **axis 0** and `x @ y`:\n\n- one\n- two\n\n```\nlarge < small\n```\nhttps [here](https://numpy.org/doc)"
    )
    assert "<strong>axis 0</strong>" in html
    assert "<code>x @ y</code>" in html
    assert "<li>two</li>" in html
    assert "large &lt; small" in html
    assert '<a href="https://numpy.org/doc" rel="nofollow noopener noreferrer">here</a>' in html


@pytest.mark.parametrize(
    "text", ["*a" * 2000, "[" * 4000, "> " * 2000, "`" * 3999, "_*" * 2000, "- " * 2000, "<" * 4000]
)
def test_a_text_as_long_as_any_stays_short(text):
    assert len(markdown(text)) < 60_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`other - self` is **what**\n- the book\n- says", "other - self is what the book says"),
        ("[see here](https://a.example)\n\nand <b>there</b> & so", "see here and <b>there</b> & so"),
        ("> quoted\n\n```\nx = 1\n```", "quoted x = 1"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_in_one_line_it_is_what_is_said(text, said):
    assert in_one_line(text) == said
