"""Where a thing belongs: every path leads to what it says, and no table that is of a course is left out."""

import pytest
from django.apps import apps
from django.db.models import Model

from course_admin.courses.models import Course, Enrollment, Group, Role
from course_admin.identity.models import User
from course_admin.policy import Action, may
from course_admin.policy.enrollments import may_change_line
from course_admin.policy.subjects import NOWHERE, SUBJECTS, course_id_of, people_of, subject_of
from course_admin.submissions.models import Attempt, AttemptMember
from tests.factories import graded, make_attempt, make_enrollment

#: Tables whose rows are some students' own, by the student, and by the attempt that they are of.
OF_A_PERSON = {
    *("courses.enrollment", "courses.student", "courses.otheremail", "courses.accommodation", "invitations.invitation"),
    *("submissions.repository", "submissions.push", "submissions.upload", "submissions.snapshot"),
    *("discussion.regraderequest", "review.met", "gradebook.override", "gradebook.choice", "outbox.gradedelivery"),
    *("github_app.repositoryorder", "github_app.repositorymember", "courses.groupmembership", "assignments.extension"),
}
OF_A_GROUP = {"courses.group", "assignments.extension"}
OF_AN_ATTEMPT = {
    *("submissions.attempt", "submissions.run", "submissions.check", "manual_grading.handgrading"),
    *("review.comment", "review.failure"),
}
#: Tables of which nobody asks who may what: they are read through others, whose rules hold.
ASKED_ABOUT_NOWHERE = {
    *("submissions.attemptmember", "submissions.unannouncedtip", "notifications.news", "github_app.checkreport"),
    "assignments.wizarddraft",
}
OF_NO_COURSE = {"assignments.suiteversion", "gradescope.packedautograder"}  # suites are of all courses


def reached(model: type[Model], path: str) -> type[Model]:
    """Return the table that a path leads to from another one."""
    for step in path.split("__") if path else ():
        found = model._meta.get_field(step).related_model
        assert isinstance(found, type)
        model = found
    return model


def model_of(label: str) -> type[Model]:
    return apps.get_model(label)


@pytest.mark.parametrize("label", SUBJECTS)
def test_every_path_leads_to_what_it_says(label):
    subject, model = subject_of(model_of(label)), model_of(label)
    assert subject is SUBJECTS[label]
    for path, there in ((subject.course, Course), (subject.attempt, Attempt), (subject.author, User)):
        assert path is None or issubclass(reached(model, path), there)
    if subject.group is not None:
        assert reached(model, subject.group) is Group
    if subject.person is not None:
        assert issubclass(reached(model, subject.person), Enrollment)


def test_which_tables_are_some_students_own_and_which_have_an_author():
    assert {label for label, each in SUBJECTS.items() if each.person is not None} == OF_A_PERSON
    assert {label for label, each in SUBJECTS.items() if each.group is not None} == OF_A_GROUP
    assert {label for label, each in SUBJECTS.items() if each.attempt is not None} == OF_AN_ATTEMPT
    assert {label for label, each in SUBJECTS.items() if each.author} == {"review.comment"}
    assert {label for label, each in SUBJECTS.items() if each.course is None} == OF_NO_COURSE
    of_people = {label for label, each in SUBJECTS.items() if each.is_of_people}
    assert of_people == OF_A_PERSON | OF_AN_ATTEMPT | OF_A_GROUP


def test_no_table_of_a_course_is_left_out():
    ours = [each for each in apps.get_models() if each.__module__.startswith("course_admin.")]
    of_a_course = {
        each._meta.label_lower
        for each in ours
        for field in each._meta.fields
        if isinstance(field.related_model, type)
        and (issubclass(field.related_model, Course) or subject_of(field.related_model).course is not None)
    }
    assert of_a_course - set(SUBJECTS) == ASKED_ABOUT_NOWHERE
    assert set(SUBJECTS) - of_a_course == {"courses.course"} | OF_NO_COURSE


def test_a_table_that_is_not_listed_belongs_to_nobody(world):
    member = AttemptMember.objects.get(attempt=make_attempt(world.student, world.assignment))
    assert subject_of(AttemptMember) is NOWHERE
    assert (course_id_of(member), people_of(member)) == (None, [])


def test_the_course_and_the_people_of_a_row(world):
    run = graded(make_attempt(world.student, world.assignment))
    rows = [world.course, world.assignment, world.student, run.attempt, run, run.checks.first()]
    assert [course_id_of(each) for each in rows] == [world.course.pk] * 6
    assert [course_id_of(each) for each in (Course(), Enrollment(), world.assignment.suite)] == [None] * 3
    assert [people_of(each) for each in rows[:2]] == [[], []]
    assert [people_of(each) for each in rows[2:]] == [[world.student]] * 4


def test_what_is_of_a_group_is_of_each_of_its_people(world):
    mate = make_enrollment(world.course, "mate")
    attempt = make_attempt(world.student, world.assignment)
    AttemptMember.objects.create(attempt=attempt, student=mate, assignment=world.assignment, number=1)
    run = graded(attempt)
    assert (
        {each.pk for each in people_of(run)} == {each.pk for each in people_of(attempt)} == {world.student.pk, mate.pk}
    )


def test_a_line_that_is_not_stored_yet_is_nobodys_student(world, people):
    """The form of a new line asks before there is one; whose sections it has is not known then."""
    new = Enrollment(course=world.course, name="Eve", email="eve@example.edu")
    assert [name for name in ("ta", "listed_ta", "ta_of_all") if may(people[name], Action.SEE_WORK, new)] == [
        "ta_of_all"
    ]


def test_who_may_change_a_leading_line_and_who_any_other(world, people):
    boss = Enrollment.objects.get(account=people["instructor"])
    may_boss = {name for name, each in people.items() if may_change_line(each, boss, {})}
    may_student = {name for name, each in people.items() if may_change_line(each, world.student, {})}
    may_promote = {
        name for name, each in people.items() if may_change_line(each, world.student, {"role": Role.HEAD_TA})
    }
    assert may_boss == may_promote == {"instructor", "root"}
    assert may_student == {"head_ta", "instructor", "root"}
