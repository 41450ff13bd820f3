"""Comments on lines of code: written among the lines, seen there and on the report, both ways, of what that attempt held."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from course_admin.courses.models import AuditEvent, Enrollment, Role, Section
from course_admin.notifications.collect import collect
from course_admin.notifications.models import Kind, News
from course_admin.notifications.words import page_of
from course_admin.review.models import Comment
from course_admin.review.services import NotToSay, write_comment
from course_admin.submissions.code.places import Place
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

PATH = "tinytorch/core/tensor.py"
CODE = "import numpy as np\n\n\ndef add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b\n"
FAILED = f'Your code raised ValueError: no\n  File "{PATH}", line 5, in add\n    return a - b'
HOSTILE = 'a <b&"λ.py'
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": "# Notes", "metadata": {}},
        {"cell_type": "code", "source": "x = 1\ny = 2", "metadata": {}, "outputs": [], "execution_count": None},
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def stored(files: dict[str, bytes]) -> dict:
    data = pack_archive(Tree.of(files))
    return {"archive_sha256": FolderArchives(settings.ASSAY_ARCHIVES).put(data), "archive_bytes": len(data)}


@pytest.fixture
def attempt(world):
    files = {
        PATH: CODE.encode(),
        "raw.bin": b"\0\1\n",
        HOSTILE: "x = 1  # \u202e </pre><script>alert(2)</script>\n".encode(),
        "n.ipynb": json.dumps(NOTEBOOK).encode(),
    }
    attempt = make_attempt(world.student, world.assignment, **stored(files))
    graded(attempt, make_check(1), make_check(2, 0.0, verdict=Verdict.FAILED, message=FAILED))
    return attempt


@pytest.fixture
def tess(world):
    return make_enrollment(world.course, "tess", Role.TA).account


def get(client, account, url, follow=False) -> str:
    client.force_login(account)
    return client.get(url, follow=follow).content.decode()


def write(client, account, attempt, place: Place, text: str, name="comment-add", **more):
    client.force_login(account)
    sent = {"file": place.path, "line": place.line, "text": text, "is_released": "on"} | more
    return client.post(
        reverse(name, args=[attempt.public_id]), sent | ({"cell": place.cell} if place.cell else {}), follow=True
    )


def code_url(attempt, path=PATH) -> str:
    return f"{reverse('attempt-code', args=[attempt.public_id])}?file={quote(path, safe='')}"


@pytest.mark.medium
def test_staff_write_on_a_line_and_the_student_reads_it_there_and_on_the_report(client, world, attempt, tess):
    page = get(client, tess, code_url(attempt))
    assert f'action="{reverse("thread", args=[attempt.public_id])}"' in page
    thread = get(client, tess, f"{reverse('thread', args=[attempt.public_id])}?file={quote(PATH)}&line=5")
    assert '<span class="hit"><i>5</i>' in thread
    answer = write(client, tess, attempt, Place(PATH, 5), "A **minus** where a plus belongs.")
    said = Comment.objects.get()
    assert answer.redirect_chain == [(f"{code_url(attempt)}#comment-{said.pk}", 302)]
    assert (said.place, said.line_text, said.test_id) == (Place(PATH, 5), "    return a - b", "")
    for url in (code_url(attempt), reverse("attempt", args=[attempt.public_id])):
        seen = get(client, world.student.account, url)
        assert seen.count(f'id="comment-{said.pk}"') == 1, url
        assert "A <strong>minus</strong> where a plus belongs." in seen, url
    before, _, after = get(client, world.student.account, code_url(attempt)).partition(f'id="comment-{said.pk}"')
    assert 'id="L5"' in before
    assert 'id="L6"' in after
    report = get(client, world.student.account, reverse("attempt", args=[attempt.public_id]))
    card = report.partition("Check 2")[2].partition("</details>")[0]
    assert "line 5, <bdi>" in card
    assert "A <strong>minus</strong>" in card
    desk = reverse("submission", args=[world.course.slug, world.assignment.slug, attempt.public_id])
    assert "line 5" in get(client, tess, desk)


@pytest.mark.medium
def test_what_is_not_released_is_the_staffs_alone(client, world, attempt, tess):
    told = {"attempt": attempt, "test_id": "", "author": tess, "at": NOW, "place": Place(PATH, 5)}
    write_comment(text="SECRET", is_released=False, **told)
    thread = f"{reverse('thread', args=[attempt.public_id])}?file={PATH}&line=5"
    for url in (code_url(attempt), reverse("attempt", args=[attempt.public_id]), thread):
        assert "SECRET" not in get(client, world.student.account, url)
        assert "SECRET" in get(client, tess, url)


@pytest.mark.medium
def test_both_sides_write_in_the_thread_of_a_line_and_are_told(client, world, attempt, tess, time_machine):
    time_machine.move_to(NOW + timedelta(hours=1))
    write(client, tess, attempt, Place(PATH, 5), "Why minus?")
    collect(at=NOW + timedelta(hours=2))
    told = News.objects.get(kind=Kind.COMMENT)
    assert told.account == world.student.account
    assert f'id="{page_of(told).partition("#")[2]}"' in get(client, world.student.account, page_of(told))
    time_machine.move_to(NOW + timedelta(hours=3))
    write(client, world.student.account, attempt, Place(PATH, 5), "A slip, thanks.", "thread-reply")
    write(client, world.student.account, attempt, Place(PATH, 9), "And is this right?", "thread-reply")
    collect(at=NOW + timedelta(hours=4))
    # Of the other line she has said nothing, and is not told.
    told = News.objects.filter(kind=Kind.COMMENT, account=tess)
    assert [each.place for each in told] == [f"comment-{Comment.objects.get(text='A slip, thanks.').pk}"]
    thread = get(client, tess, f"{reverse('thread', args=[attempt.public_id])}?file={PATH}&line=5")
    assert thread.index("Why minus?") < thread.index("A slip, thanks.")
    assert "is this right" not in thread


@pytest.mark.medium
def test_a_line_stays_what_it_was_in_that_attempt(client, world, attempt, tess):
    write(client, tess, attempt, Place(PATH, 5), "Why minus?")
    newer = make_attempt(world.student, world.assignment, **stored({PATH: b"# new\n" * 9}))
    graded(newer, at=NOW + timedelta(hours=1))
    assert "Why minus?" not in get(client, world.student.account, code_url(newer))
    assert "Why minus?" in get(client, world.student.account, code_url(attempt))
    # The files are gone: what was said, and of which line, is not.
    type(attempt).objects.filter(pk=attempt.pk).update(archive_sha256="0" * 64)
    report = get(client, world.student.account, reverse("attempt", args=[attempt.public_id]))
    assert "return a - b" in report.partition('id="comments"')[2]
    thread = get(client, world.student.account, f"{reverse('thread', args=[attempt.public_id])}?file={PATH}&line=5")
    assert "return a - b" in thread


def test_a_cell_of_a_notebook_has_lines(client, world, attempt, tess):
    write(client, tess, attempt, Place("n.ipynb", 2, 2), "Name it.")
    page = get(client, world.student.account, code_url(attempt, "n.ipynb"))
    assert "Name it." in page.partition('id="C2L2"')[2]
    assert "cell 2, line 2" in get(client, world.student.account, reverse("attempt", args=[attempt.public_id]))


@pytest.mark.medium
@pytest.mark.parametrize(
    "place",
    [
        Place(PATH, 0), Place(PATH, 99), Place("elsewhere.py", 1), Place("raw.bin", 1), Place("n.ipynb", 1),
        Place("n.ipynb", 1, 9), Place(PATH, 1, 1), Place("x" * 5_000, 1), Place("../../etc/passwd", 1),
    ],
)  # fmt: skip
def test_a_line_that_is_not_there_gets_a_sentence_and_nothing_is_kept(client, world, attempt, tess, place):
    with pytest.raises(NotToSay, match="choose another line"):
        write_comment(attempt=attempt, text="x", test_id="", is_released=True, author=tess, at=NOW, place=place)
    assert "choose another line" in write(client, tess, attempt, place, "x").content.decode()
    student = write(client, world.student.account, attempt, place, "x", "thread-reply")
    assert "choose another line" in student.content.decode()
    page = get(client, tess, f"{reverse('thread', args=[attempt.public_id])}?{place.query()}", follow=True)
    assert "in that file; choose another line." in page
    assert not Comment.objects.exists()


@pytest.mark.medium
@pytest.mark.parametrize("line", ["1e3", "-1", "٣", "1" * 5_000, "5.0", ""])
def test_a_number_that_is_none_gets_the_same_sentence(client, attempt, tess, line):
    client.force_login(tess)
    sent = {"file": PATH, "line": line, "text": "x"}
    page = client.post(reverse("comment-add", args=[attempt.public_id]), sent, follow=True).content.decode()
    assert "choose another line" in page
    assert not Comment.objects.exists()


@pytest.mark.medium
def test_hostile_names_and_texts_stay_text(client, world, attempt, tess):
    write(client, tess, attempt, Place(HOSTILE, 1), "<script>alert(1)</script> [x](javascript:alert(1))")
    assert Comment.objects.get().path == HOSTILE
    for url in (code_url(attempt, HOSTILE), reverse("attempt", args=[attempt.public_id])):
        page = get(client, world.student.account, url)
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert "a <b" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page


def test_only_staff_of_the_student_write_and_only_its_students_answer(client, world, attempt):
    thursday = Section.objects.create(course=world.course, name="Thursday")
    other_ta = make_enrollment(world.course, "tom", Role.TA, section=thursday).account
    mate: Enrollment = make_enrollment(world.course, "mate")
    for account, name in (
        (other_ta, "comment-add"),
        (mate.account, "comment-add"),
        (world.student.account, "comment-add"),
        (mate.account, "thread-reply"),
        (other_ta, "thread-reply"),
    ):
        assert write(client, account, attempt, Place(PATH, 5), "x", name).status_code == 404
    assert not Comment.objects.exists()


def test_everything_about_it_is_in_the_audit_log(client, attempt, tess):
    write(client, tess, attempt, Place(PATH, 5), "Why minus?")
    event = AuditEvent.objects.get(kind="comment")
    assert (event.after["path"], event.after["line"], event.after["line_text"]) == (PATH, 5, "    return a - b")


def test_a_comment_is_about_a_check_or_a_line(attempt, tess):
    told = {"attempt": attempt, "author": tess, "text": "x", "written_at": NOW}
    for spoilt in ({"line": 3}, {"path": PATH}, {"path": PATH, "line": 3, "test_id": "t", "check_name": "T"}):
        with pytest.raises(ValidationError, match="a_comment_on_a_line_names_its_file"):
            Comment(**told, **spoilt).full_clean()
