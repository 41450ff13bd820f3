"""A binding is undone by another click: the repository is nobody's, its attempts count for nobody, and both come back."""

from datetime import timedelta

import pytest

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.gradebook.grading.grades import rows_of
from course_admin.policy import Refused
from course_admin.submissions.intake.ownership.binding import NotBound
from course_admin.submissions.intake.ownership.following import follow_roster
from course_admin.submissions.intake.ownership.unbinding import give_to, unbind
from course_admin.submissions.intake.reconsidering import reconsider
from course_admin.submissions.models import Attempt, Push, PushState, Repository
from tests.course_admin.submissions.intake.ownership.test_binding import NAME, bind, ines, waiting  # noqa: F401
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, graded, make_attempt, make_enrollment

DAY = timedelta(days=1)


@pytest.fixture
def repository(world, ines, waiting) -> Repository:  # noqa: F811
    """Return a repository that staff have bound to Mira, with a graded attempt of its first push."""
    found = bind(world, ines)
    graded(make_attempt(world.student, world.assignment, push=Push.objects.order_by("pk").first()))
    return found


def points(person: Enrollment) -> list:
    return [row.points for row in rows_of(person) if row.points is not None]


def test_it_is_nobodys_and_its_attempts_count_for_nobody(world, ines, repository):  # noqa: F811
    assert points(world.student)
    unbind(repository=repository, by=ines, at=NOW)
    assert points(world.student) == []
    attempt = Attempt.objects.get()
    assert (attempt.student.is_active, attempt.student.account, attempt.student.name) == (False, None, NAME)
    assert AuditEvent.objects.filter(actor=ines, subject__contains=attempt.public_id).count() == 1
    assert follow_roster(at=NOW) == 0
    with pytest.raises(NotBound, match="nobody's already"):
        unbind(repository=repository, by=ines, at=NOW)


@pytest.mark.medium
@pytest.mark.parametrize("is_the_same", [True, False])
def test_what_comes_meanwhile_waits_and_goes_with_the_attempts_to_whom_staff_say(
    world,
    ines,  # noqa: F811
    repository,
    is_the_same,
):
    to = world.student if is_the_same else make_enrollment(world.course, "jon-weil")
    unbind(repository=repository, by=ines, at=NOW)
    push = announce(full_name=NAME, delivery_id="d-3", before_id="2" * 40, commit_id="3" * 40)
    assert (push.state, push.reason) == (PushState.IGNORED, "Nobody has said yet whose this repository is.")
    assert reconsider(at=NOW + DAY) == 0
    give_to(repository=repository, student=to, by=ines, at=NOW + DAY)
    assert [each.student for each in Attempt.objects.all()] == [to]
    assert points(to)
    assert reconsider(at=NOW + DAY) == 1
    again = Push.objects.get(pk=push.pk)
    assert (again.state, again.received_at, again.repository.student) == (PushState.RECEIVED, push.received_at, to)
    assert not Enrollment.objects.filter(name=NAME).exists()


@pytest.mark.parametrize("who", ["student", "ta"])
def test_only_who_leads_the_course_undoes_it(world, repository, who):
    by = world.student.account if who == "student" else make_enrollment(world.course, "tess", Role.TA).account
    with pytest.raises(Refused):
        unbind(repository=repository, by=by, at=NOW)
    assert Attempt.objects.get().student == world.student


@pytest.mark.medium
def test_the_page_undoes_what_staff_bound_and_nothing_else(world, ines, repository, client):  # noqa: F811
    other = announce(delivery_id="d-9", repository_id=9, full_name=NAME.removesuffix("-1")).repository
    client.force_login(ines)
    url = f"/courses/{world.course.slug}/assignments/{world.assignment.slug}/repositories/"
    assert f'name="unbind" value="{repository.pk}"' in client.get(url).content.decode()
    assert client.post(url, {"unbind": other.pk}).status_code == 404
    page = client.post(url, {"unbind": repository.pk}, follow=True).content.decode()
    assert f"{NAME} is nobody&#x27;s again, with its attempts." in page
    assert 'name="unbind"' not in page
    client.post(url, {"give": repository.pk, "student": world.student.pk})
    assert Attempt.objects.get().student == world.student
