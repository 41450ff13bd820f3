"""Staff bind what nobody knew, and give to another what was bound to the wrong student: both as a whole, both on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.policy import Refused
from course_admin.submissions.intake.ownership.binding import NotBound, bind_parked
from course_admin.submissions.intake.ownership.following import follow_roster
from course_admin.submissions.intake.ownership.parked import park
from course_admin.submissions.intake.ownership.unbinding import give_to
from course_admin.submissions.models import Attempt, ParkedPush, Push, PushState, Repository
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT, announce
from tests.factories import NOW, OWNER, make_attempt, make_course, make_enrollment

HOUR = timedelta(hours=1)
NAME = f"{OWNER}/m01-mira-okafor-1"


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def waiting(world) -> list[ParkedPush]:
    """Keep two pushes to a repository that is named as Classroom named a second one."""
    pushes = [
        replace(ANNOUNCEMENT, full_name=NAME, delivery_id=f"d-{number}", commit_id=str(number) * 40, before_id=before)
        for number, before in ((1, "0" * 40), (2, "1" * 40))
    ]
    return [park(announcement=each, why="x", at=NOW + number * HOUR) for number, each in enumerate(pushes)]


def bind(world, by, **changes):
    told = {"full_name": NAME, "assignment": world.assignment, "student": world.student, "by": by, "at": NOW + 5 * HOUR}
    return bind_parked(**{**told, **changes})


def test_what_waited_is_taken_in_from_when_it_came(world, ines, waiting):
    repository = bind(world, ines)
    assert (repository.student, repository.is_for(world.assignment)) == (world.student, True)
    pushes = list(Push.objects.order_by("pk").values_list("received_at", "state"))
    assert pushes == [(NOW, PushState.RECEIVED), (NOW + HOUR, PushState.RECEIVED)]
    assert not ParkedPush.objects.exists()
    assert AuditEvent.objects.get(subject__contains=NAME).actor == ines


@pytest.mark.parametrize("login", ["mira-okafor", ""])
def test_the_next_push_is_theirs_by_itself(world, ines, waiting, login):
    Enrollment.objects.filter(pk=world.student.pk).update(github_login=login)
    world.student.refresh_from_db()
    bind(world, ines)
    push = announce(full_name=NAME, delivery_id="d-3", before_id="2" * 40)
    assert (push.repository.student, push.state) == (world.student, PushState.RECEIVED)
    assert follow_roster(at=NOW) == 0


def test_it_is_bound_once(world, ines, waiting):
    bind(world, ines)
    with pytest.raises(NotBound, match="Nothing waits"):
        bind(world, ines)


@pytest.mark.parametrize("who", ["student", "ta"])
def test_only_who_leads_the_course_binds(world, waiting, who):
    by = world.student.account if who == "student" else make_enrollment(world.course, "tess", Role.TA).account
    with pytest.raises(Refused):
        bind(world, by)
    assert not Repository.objects.exists()


def test_nobody_of_another_course_or_role_gets_it(world, ines, waiting):
    for other in (make_enrollment(make_course("x"), "jon"), make_enrollment(world.course, "tess", Role.TA)):
        with pytest.raises((NotBound, Refused)):  # who leads one course says nothing of another
            bind(world, ines, student=other)
    assert ParkedPush.objects.count() == 2


def test_another_click_gives_it_to_somebody_else_with_its_attempts(world, ines, waiting):
    jon = make_enrollment(world.course, "jon-weil")
    repository = bind(world, ines)
    attempt = make_attempt(world.student, world.assignment, push=Push.objects.first())
    give_to(repository=repository, student=jon, by=ines, at=NOW)
    assert Attempt.objects.get(pk=attempt.pk).student == jon
    assert Repository.objects.get().student == jon
    give_to(repository=repository, student=world.student, by=ines, at=NOW)
    assert Attempt.objects.get(pk=attempt.pk).student == world.student
    with pytest.raises(Refused):
        give_to(repository=repository, student=jon, by=jon.account, at=NOW)


@pytest.mark.medium
def test_the_page_of_repositories_shows_it_binds_it_and_gives_it_on(world, ines, waiting, client):
    jon = make_enrollment(world.course, "jon-weil")
    client.force_login(ines)
    url = f"/courses/{world.course.slug}/assignments/{world.assignment.slug}/repositories/"
    page = client.get(url).content.decode()
    assert NAME in page
    assert f'<option value="{world.student.pk}" selected>' in page
    for wrong in ("", "0", "x", "9" * 30):
        assert "Choose a student" in client.post(url, {"bind": NAME, "student": wrong}, follow=True).content.decode()
    client.post(url, {"bind": NAME, "student": world.student.pk})
    repository = Repository.objects.get()
    assert repository.student == world.student
    assert "Bound by staff" in client.get(url).content.decode()
    client.post(url, {"give": repository.pk, "student": jon.pk})
    assert Repository.objects.get().student == jon
    assert client.post(url, {"give": "9" * 30, "student": jon.pk}).status_code == 404
