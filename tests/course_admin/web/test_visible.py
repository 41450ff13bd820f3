"""What hides or moves the words beside it is shown as an escape on every page: `course_admin/web/visible.py`."""

import gzip

import pytest

from course_admin.courses.models import Course
from course_admin.web.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc\u202edef", "abc\\u202edef"),
        ("\x1b[31mred\x85", "\\x1b[31mred\\x85"),
        ("Mi\u200bra", "Mi\\u200bra"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("a\tb\nc\r\n", "a\tb\nc\r\n"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),  # Persian is spelt with it
        ("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"),
    ],
)
def test_what_is_not_seen_is_shown(text, shown):
    assert visible(text) == shown


def test_a_page_shows_it_whole_and_compressed_for_whoever_takes_that(client, world):
    Course.objects.filter(pk=world.course.pk).update(title="Compilers \u202e7202 gnirps")
    client.force_login(world.student.account)
    url = f"/courses/{world.course.slug}/"
    plain = client.get(url)
    assert "Compilers \\u202e7202 gnirps" in plain.content.decode()
    assert "\u202e" not in plain.content.decode()
    assert int(plain.headers["Content-Length"]) == len(plain.content)
    packed = client.get(url, headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Compilers \\u202e7202 gnirps" in gzip.decompress(packed.content).decode()
    assert len(packed.content) < len(plain.content) / 2
