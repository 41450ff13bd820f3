"""The files of an attempt: an address for every line, notebooks by their cells, and nothing that a file holds does anything."""

import json
import re
import time
from urllib.parse import urlencode

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from course_admin.submissions.code.browser import FILE_BYTES, LINES, browser_of
from course_admin.submissions.code.markup import COLOURED_CHARACTERS, marked_up, visible
from course_admin.submissions.code.stored import lines_of
from course_admin.submissions.models import Attempt
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from tests.course_admin.test_pages import Page, assert_no_code_but_ours
from tests.factories import graded, make_attempt, make_check

HOSTILE = "</pre></bdi><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:7 }}"
WORK = "pkg/work.py"
#: What Pygments needs time for that grows with the square of the length.
SLOW = {
    "white lines": " \n",
    "tabs": "\t\n",
    "spaces of another kind": "\u2003\n",
    "one long line": "match" + " " * 100_000,
    "soft keywords": "match" + " " * 490 + "\n",
    "open brackets": "(" * 490 + "\n",
}


def stored(files: dict[str, bytes]) -> dict:
    data = pack_archive(Tree.of(files))
    return {"archive_sha256": FolderArchives(settings.ASSAY_ARCHIVES).put(data), "archive_bytes": len(data)}


def notebook(*cells: tuple[str, str]) -> bytes:
    made = [{"cell_type": kind, "source": source, "outputs": [{"text": HOSTILE}]} for kind, source in cells]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": made}).encode()


def attempt_with(world, files: dict[str, bytes]) -> Attempt:
    return make_attempt(world.student, world.assignment, **stored(files))


def html_of(client, world, attempt, path: str = "") -> str:
    client.force_login(world.student.account)
    answer = client.get(f"/attempts/{attempt.public_id}/code/", {"file": path} if path else {})
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(lines) -> list[str]:
    return Page("\n".join(lines)).text.split("\n")


def test_every_line_has_an_address_and_python_its_colours(client, world):
    attempt = attempt_with(
        world, {WORK: b"import numpy\n\ndef f(x):\n    return 'a' + x  # why\n", "notes.txt": b"def f\n"}
    )
    html = html_of(client, world, attempt)
    assert re.findall(r'<span id="(L\d)"><a href="#(L\d)"', html) == [(f"L{n}", f"L{n}") for n in range(1, 6)]
    assert '<span class="t-k">def</span> <span class="t-nf">f</span>' in html
    assert "t-k" not in html_of(client, world, attempt, "notes.txt")
    assert Page(html).elements.count(("a", {"href": "?" + urlencode({"file": WORK}), "aria-current": "page"})) == 1


def test_the_report_leads_to_the_line(client, world):
    attempt = attempt_with(world, {f"sub/{WORK}": b"one\ntwo = 1 / 0\n"})
    message = f'Your code raised ZeroDivisionError.\n  File "{WORK}", line 2, in f\n    two = 1 / 0'
    graded(attempt, make_check(1, 0.0, verdict="failed", message=message))
    client.force_login(world.student.account)
    report = client.get(f"/attempts/{attempt.public_id}/").content.decode()
    link = f"/attempts/{attempt.public_id}/code/?file=sub%2Fpkg%2Fwork.py#L2"
    assert f'href="{link}"' in report
    assert 'id="L2"' in client.get(link).content.decode()


def test_a_line_of_a_notebook_is_that_of_its_cell_and_not_of_an_older_export(client, world):
    files = {
        WORK: b"old = 1\nold = 2\nold = 3\n",
        "nb (1).ipynb": notebook(("markdown", "# Text\n" + HOSTILE), ("code", "#| export\nnew = 1 / 0")),
    }
    attempt = attempt_with(world, files)
    place = "nb (1).ipynb, cell 2, line 2"
    message = f'Your code raised ZeroDivisionError.\n  File "{WORK}", line 2, in <module> ({place})\n    new = 1 / 0'
    graded(attempt, make_check(1, 0.0, verdict="failed", message=message))
    client.force_login(world.student.account)
    report = client.get(f"/attempts/{attempt.public_id}/").content.decode()
    assert "<i>2</i><bdi>new = 1 / 0</bdi>" in report
    assert "old = 2" not in report
    assert f"{place}</bdi></a>, in <bdi>&lt;module&gt;" in report
    link = f"/attempts/{attempt.public_id}/code/?file=nb%20%281%29.ipynb#C2L2"
    assert f'href="{link}"' in report
    page = client.get(link).content.decode()
    assert re.findall(r'id="(C\dL\d)"', page) == ["C1L1", "C1L2", "C2L1", "C2L2"]
    assert "Cell 1, text" in page
    assert_no_code_but_ours(Page(page))
    assert page.count("alert(1)") == 2  # in the text, and never from an output


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\0\1", "it is not text"),
        (b"a" * (FILE_BYTES + 1), "it is larger than 200 kB"),
        (b"\n" * LINES, "it has 5001 lines"),
    ],
)
def test_what_a_page_cannot_bear_is_named_and_not_shown(client, world, data, reason):
    html = html_of(client, world, attempt_with(world, {"big.py": data, "a.py": b"x = 1\n"}), "big.py")
    assert reason in html
    assert 'id="L1"' not in html
    assert "a.py" in html


@pytest.mark.parametrize(
    "data", [b"{", b"[]", b'{"cells": [{"source": 3}]}', b"[" * 100_000, notebook(("code", "\ud800"))]
)
def test_a_notebook_that_is_none_is_a_sentence(client, world, data):
    assert "nb.ipynb" in html_of(client, world, attempt_with(world, {"nb.ipynb": data}))


def test_hostile_names_and_contents_stay_text_and_are_visible(client, world):
    name = "a&file=b#L1?<script>alert(1)<"
    text = f"# \u202e{HOSTILE}\nx = '''\x1b[31m\u200b{HOSTILE}\n"
    files = {f"pkg/{name}.py": text.encode() + b"\xff'''\r\ny\rz\n"}
    html = html_of(client, world, attempt_with(world, files), f"pkg/{name}.py")
    assert_no_code_but_ours(Page(html))
    for odd in ("\u202e", "\x1b", "\u200b"):
        assert odd not in html
    for shown in (r"\u202e", r"\x1b[31m\u200b", r"\xff"):
        assert shown in html
    assert html.count('<span id="L') == 6  # a carriage return alone ends a line, as it does for Python
    links = [
        attributes["href"] for tag, attributes in Page(html).elements if tag == "a" and attributes["href"][0] == "?"
    ]
    client.force_login(world.student.account)
    assert [client.get(f"/attempts/{Attempt.objects.get().public_id}/code/{link}").status_code for link in links] == [
        200
    ]


def test_a_file_that_is_not_there_is_no_page_and_lost_files_are_a_sentence(client, world):
    attempt = attempt_with(world, {"a.py": b"x\n"})
    client.force_login(world.student.account)
    for path in ("../../etc/passwd", "A.py", "%2e%2e/a.py"):
        assert client.get(f"/attempts/{attempt.public_id}/code/", {"file": path}).status_code == 404
    lost = make_attempt(world.student, world.assignment, archive_sha256="c" * 64, archive_bytes=9)
    assert "cannot be shown" in html_of(client, world, lost)
    assert "holds no files" in html_of(client, world, attempt_with(world, {}))


@given(st.text(st.sampled_from(list("'\"#\\ \n\r\t\x0c{}f()abc=:@\u202e\ufeff<&\u3000")), max_size=30))
def test_a_lines_html_reads_as_the_line_itself(text):
    lines = visible(lines_of(text))
    assert len(lines) == len(lines_of(text))
    coloured, plain = (text_of(marked_up(lines, is_python=is_python)) for is_python in (True, False))
    assert plain == lines
    assert coloured == ["" if line.isspace() else line for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("unit", SLOW.values(), ids=SLOW)
def test_colouring_takes_time_in_proportion_to_the_text(unit):
    lines = visible(lines_of((unit * (COLOURED_CHARACTERS // len(unit) + 1))[:COLOURED_CHARACTERS]))
    begun = time.process_time()
    marked_up(lines, is_python=True)
    assert time.process_time() - begun < 5  # the square of it takes from half a minute on


@pytest.mark.slow
def test_five_megabytes_are_listed_and_read_at_once(world):
    files = {f"pkg/m{number:03}.py": b"x = 1\n" * 4_000 for number in range(220)}  # 5.3 MB
    attempt = attempt_with(world, files)
    begun = time.process_time()
    browser = browser_of(attempt, "pkg/m100.py")
    assert time.process_time() - begun < 2
    assert browser is not None
    assert len(browser.entries) == 220
    assert len(browser.blocks[0].lines) == 4_001


def test_a_page_asks_a_constant_number_of_questions(client, world, django_assert_max_num_queries):
    attempt = attempt_with(world, {"a.py": b"x\n"})
    client.force_login(world.student.account)
    with django_assert_max_num_queries(13):  # comments on its lines among them
        client.get(f"/attempts/{attempt.public_id}/code/")
