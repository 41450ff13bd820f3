"""Comments of staff: on an attempt or a check, read by the student once released, and in the audit log."""

import pytest

from course_admin.courses.models import AuditEvent, AuditKind, Role
from course_admin.review.models import TEXT_CHARACTERS, Comment
from course_admin.review.services import NotToSay, delete_comment, release_comment, write_comment
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

SCRIPT = "<script>alert(1)</script>\n\nline two"


@pytest.fixture
def attempt(world):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt, make_check(1), make_check(2))
    return attempt


@pytest.fixture
def tess(world):
    return make_enrollment(world.course, "tess", Role.TA).account


def write(attempt, tess, text="Look at axis 0.", test_id="", is_released=False) -> Comment:
    return write_comment(attempt=attempt, text=text, test_id=test_id, is_released=is_released, author=tess, at=NOW)


def page(client, account, attempt) -> str:
    client.force_login(account)
    return client.get(f"/attempts/{attempt.public_id}/").content.decode()


@pytest.mark.medium
def test_a_student_reads_a_comment_once_it_is_released(client, world, attempt, tess):
    comment = write(attempt, tess)
    assert "Look at axis 0." not in page(client, world.student.account, attempt)
    staff = page(client, tess, attempt)
    assert "Look at axis 0." in staff
    assert "not shown to the student yet" in staff
    assert client.post(f"/comments/{comment.pk}/release/").status_code == 302
    student = page(client, world.student.account, attempt)
    assert "Look at axis 0." in student
    assert "<textarea" not in student


@pytest.mark.medium
def test_a_comment_stays_with_its_check_after_a_regrade(client, world, attempt, tess):
    test_id = attempt.runs.get().checks.get(position=2).test_id
    client.force_login(tess)
    data = {"text": "Nearly.", "test_id": test_id, "is_released": "on"}
    assert client.post(f"/attempts/{attempt.public_id}/comments/", data).status_code == 302
    graded(attempt, make_check(2), at=NOW.replace(hour=13))
    check = page(client, world.student.account, attempt).partition("Check 2")[2].partition("</li>")[0]
    assert "Nearly." in check
    assert "Nearly." in page(client, tess, attempt).partition("Check 2")[2].partition("</li>")[0]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("text", "test_id", "words"),
    [
        (" ", "", "is empty"),
        ("x" * (TEXT_CHARACTERS + 1), "", "4000 fit"),
        ("Good.", "test_of_others", "no such check"),
    ],
)
def test_what_cannot_be_said_is_named_and_nothing_is_kept(client, attempt, tess, text, test_id, words):
    with pytest.raises(NotToSay, match=words):
        write(attempt, tess, text=text, test_id=test_id)
    client.force_login(tess)
    url = f"/attempts/{attempt.public_id}/comments/"
    page = client.post(url, {"text": text, "test_id": test_id}, follow=True).content.decode()
    assert words in page
    assert text.strip() in page
    assert not Comment.objects.exists()


def test_everything_about_a_comment_is_in_the_audit_log(world, attempt, tess):
    comment = write(attempt, tess)
    release_comment(comment=comment, actor=tess, at=NOW)
    release_comment(comment=comment, actor=tess, at=NOW.replace(hour=14))
    delete_comment(comment=comment, actor=tess, at=NOW)
    removed, released, written = AuditEvent.objects.filter(kind=AuditKind.COMMENT, course=world.course)
    assert (written.before, written.after["text"], written.actor) == (None, "Look at axis 0.", tess)
    assert (released.before, released.after) == ({"released_at": None}, {"released_at": NOW.isoformat()})
    assert (removed.before["text"], removed.after) == ("Look at axis 0.", None)


def test_the_text_of_a_comment_stays_text(client, world, attempt, tess):
    write(attempt, tess, text=SCRIPT, is_released=True)
    html = page(client, world.student.account, attempt)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_only_its_author_takes_a_comment_back(client, world, attempt, tess):
    comment = write(attempt, tess)
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 404
    client.force_login(tess)
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 302
    assert not Comment.objects.exists()
