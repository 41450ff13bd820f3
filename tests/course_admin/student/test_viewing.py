"""Staff see what a student sees, and nothing else; nothing is changed by it, and the audit log says that they looked."""

import re

import pytest
from django.core.serializers import serialize
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.models import AuditEvent, Enrollment, Role, Section
from course_admin.discussion.asking import write_back
from course_admin.identity.models import User
from course_admin.notifications.models import News
from course_admin.policy import Action, may, seen_by_another
from course_admin.review.services import write_comment
from course_admin.student.viewing.middleware import PAGES, WroteWhileViewing
from course_admin.submissions.models import Attempt
from tests.factories import graded, make_attempt, make_course, make_enrollment
from tests.screenshots.scene import make_scene

#: What differs between two answers of one page.
ONCE = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|<div class="notice viewing".*?</form></div>', re.DOTALL)


def begin(client, account: User, student: Enrollment, page: str = "", follow: bool = True):
    client.force_login(account)
    return client.post(reverse("view-as", args=[student.pk]), {"page": page}, follow=follow)


def main_of(html: str) -> str:
    """Return what a page shows below its frame, and its tabs."""
    tabs = re.search(r'<nav class="tabs".*?</nav>', html, re.DOTALL)
    return " ".join(ONCE.sub("", (tabs[0] if tabs else "") + html.partition("<main")[2]).split())


def addresses(scene) -> dict[str, str]:
    slug, tensor, buggy = scene.course.slug, scene.tensor.slug, scene.buggy.public_id
    arguments = {
        "home": [],
        "course-home": [slug],
        "assignments": [slug],
        "assignment": [slug, tensor],
        "leaderboard": [slug, tensor],
        "grade-trace": [scene.student.pk],
        "compare": [scene.first.public_id, buggy],
        "upload-new": [slug],
        "my-repository": [slug, tensor],
    }
    return {name: reverse(name, args=arguments.get(name, [buggy])) for name in sorted(PAGES)}


@pytest.mark.slow
def test_each_page_is_the_students_own_and_none_writes(db, client, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    scene = make_scene(now)
    write_comment(
        attempt=scene.buggy, text="PRIVATE note", test_id="", is_released=False, author=scene.instructor.account, at=now
    )
    pages = addresses(scene)
    client.force_login(scene.student.account)
    own = {name: client.get(url).content.decode() for name, url in pages.items()}
    begin(client, scene.instructor.account, scene.student)
    for name, url in pages.items():
        answer = client.get(url)
        assert answer.status_code == 200, name
        seen = answer.content.decode()
        if name not in ("attempt-state", "attempt-receipt", "attempt-live"):
            assert "You see what" in seen, name
            assert scene.instructor.account.name not in seen.partition("<main")[0], name
        assert main_of(seen) == main_of(own[name]), name
        assert "PRIVATE" not in seen, name
    client.post(reverse("view-as-end"))
    assert "PRIVATE note" in client.get(pages["attempt"]).content.decode()


@pytest.fixture
def tess(world):
    return make_enrollment(world.course, "tess", Role.TA).account


def test_it_begins_where_the_button_was_and_the_log_says_so(client, world, tess):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    page = reverse("attempt", args=[attempt.public_id])
    client.force_login(tess)
    assert reverse("view-as", args=[world.student.pk]) in client.get(page).content.decode()
    answer = begin(client, tess, world.student, page)
    assert answer.redirect_chain == [(page, 302)]
    client.post(reverse("view-as-end"))
    assert begin(client, tess, world.student, "https://elsewhere.example/", follow=False).headers[
        "Location"
    ] == reverse("course-home", args=[world.course.slug])
    event = AuditEvent.objects.filter(kind="access").first()
    assert (event.actor, event.course, event.subject) == (
        tess,
        world.course,
        "the pages of Mira Okafor, as a student sees them",
    )
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    log = " ".join(client.get(reverse("audit-log", args=[world.course.slug])).content.decode().split())
    assert re.search(r"tess.{0,40} looked at.{0,20} the pages of Mira Okafor", re.sub("<[^>]*>", "", log))


@pytest.mark.medium
def test_nothing_can_be_sent_and_nothing_else_opened(client, world, tess):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    begin(client, tess, world.student)
    before = serialize("json", [*Attempt.objects.all(), *User.objects.all(), *News.objects.all()])
    for name, arguments, data in (
        ("thread-reply", [attempt.public_id], {"text": "I did not write this."}),
        ("request-open", [attempt.public_id], {"reason": "Not mine."}),
        ("attempt-choose", [attempt.public_id], {}),
        ("attempt-cancel", [attempt.public_id], {}),
        ("upload-new", [world.course.slug], {}),
        ("comment-add", [attempt.public_id], {"text": "As staff?"}),
        ("news-settings", [], {}),
        ("view-as", [world.student.pk], {}),
        ("password-change", [], {}),
    ):
        answer = client.post(reverse(name, args=arguments), data)
        assert answer.status_code == 403, name
        assert "nothing can be sent or changed from here" in answer.content.decode(), name
    for name, arguments in (("news", []), ("gradebook", [world.course.slug]), ("api-tokens", []), ("mfa_index", [])):
        answer = client.get(reverse(name, args=arguments))
        assert answer.status_code == 403, name
        assert "End viewing as a student" in answer.content.decode(), name
    assert client.get("/admin/").status_code == 403
    assert before == serialize("json", [*Attempt.objects.all(), *User.objects.all(), *News.objects.all()])
    assert client.post(reverse("view-as-end")).headers["Location"] == reverse("grade-trace", args=[world.student.pk])
    assert client.get(reverse("gradebook", args=[world.course.slug])).status_code == 200


def test_a_page_that_writes_is_refused_while_somebody_looks(client, world, tess, monkeypatch):
    begin(client, tess, world.student)
    monkeypatch.setattr(
        "course_admin.student.views.cards_of", lambda *_: Enrollment.objects.update(name="Somebody else")
    )
    with pytest.raises(WroteWhileViewing), transaction.atomic():
        client.get(reverse("course-home", args=[world.course.slug]))
    assert not Enrollment.objects.filter(name="Somebody else").exists()


def test_what_the_student_is_elsewhere_is_not_lent(client, world, tess):
    """Their account teaches another course and is an administrator: nobody gets in there by it."""
    account = world.student.account
    account.is_superuser = account.is_staff = True
    account.save()
    other = make_course("other", title="Elsewhere")
    make_enrollment(other, "mira-okafor", Role.INSTRUCTOR, account=account)
    theirs = make_attempt(make_enrollment(world.course, "mate"), world.assignment)
    begin(client, tess, world.student)
    assert client.get(reverse("course-home", args=[other.slug])).status_code == 404
    assert client.get(reverse("attempt", args=[theirs.public_id])).status_code == 404
    assert client.get("/admin/").status_code == 403
    html = client.get(reverse("course-home", args=[world.course.slug])).content.decode()
    assert "Back office" not in html
    assert "Elsewhere" not in html
    seen = seen_by_another(Enrollment.objects.select_related("account").get(pk=world.student.pk))
    assert not may(seen, Action.LEAD, other)
    assert not may(seen, Action.SEE_RESULTS, world.student)


def test_who_no_longer_teaches_them_sees_their_own_pages_again(client, world, tess):
    begin(client, tess, world.student)
    Enrollment.objects.filter(account=tess).update(is_active=False)
    assert client.get(reverse("course-home", args=[world.course.slug])).status_code == 404
    assert "viewing_as" not in client.session


def test_only_staff_of_the_student_and_only_pages_that_somebody_has(client, world):
    thursday = Section.objects.create(course=world.course, name="Thursday")
    for account in (
        make_enrollment(world.course, "tom", Role.TA, section=thursday).account,
        make_enrollment(world.course, "mate").account,
        make_enrollment(world.course, "observer", Role.OBSERVER).account,
    ):
        assert begin(client, account, world.student).status_code == 404
    free = make_enrollment(world.course, "free", account=None)
    answer = begin(client, make_enrollment(world.course, "ines", Role.INSTRUCTOR).account, free)
    assert "has not joined the course with an account yet" in answer.content.decode()
    assert not AuditEvent.objects.filter(kind="access").exists()


def test_a_comment_of_the_students_is_not_the_viewers(client, world, tess):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    at = attempt.runs.get().finished_at
    write_back(attempt=attempt, text="Hello", test_id="", author=world.student.account, at=at)
    begin(client, tess, world.student)
    assert "Delete it" not in client.get(reverse("attempt", args=[attempt.public_id])).content.decode()
