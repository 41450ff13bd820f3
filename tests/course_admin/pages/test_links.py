"""Addresses in sentences: a link where one was meant, and text where something else looks like one."""

import pytest

from course_admin.pages.links import linked
from tests.course_admin.test_pages import Page


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Read it (https://numpy.org/doc/quickstart.html).", "https://numpy.org/doc/quickstart.html"),
        ("See https://a.example/x?y=1&z=2, then push.", "https://a.example/x?y=1&z=2"),
    ],
)
def test_an_address_is_a_link_to_what_it_shows(text, address):
    page = Page(linked(text))
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"] == [address]
    assert page.text == text


@pytest.mark.parametrize(
    "text",
    [
        "evil.example/x",
        "http://plain.example/",
        "javascript:alert(1)",
        "https://",
        '<a href="https:">x</a>',
        "https:/one.py",
    ],
)
def test_nothing_else_becomes_markup(text):
    page = Page(linked(text))
    assert (page.elements, page.text) == ([], text)


def test_an_address_cannot_leave_its_link():
    page = Page(linked('https://a.example/"onmouseover="alert(1)<script>'))
    assert page.elements == [("a", {"href": "https://a.example/", "rel": "nofollow noopener noreferrer"})]
