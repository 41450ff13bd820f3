"""Where a thing belongs: the paths from a row to its course, and to the people whose work it is.

A table that is not listed belongs to nobody, and only administrators may do anything to its rows.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, Q

from course_admin.courses.models import Enrollment, GroupMembership


@dataclass(frozen=True, slots=True)
class Subject:
    """One table's paths. course: "" is the row itself, None none. person: to the enrolment, "" the row itself.

    attempt: to the attempt, of whose people one is enough; "" the row itself. group: to a group, whose members' it is, beside
    the person, if there is one; "" the row itself. author: to the account that wrote it.
    """

    course: str | None
    person: str | None = None
    attempt: str | None = None
    group: str | None = None
    author: str | None = None

    @property
    def is_of_people(self) -> bool:
        """Whether it is some students' own, and not a whole course's."""
        return any(each is not None for each in (self.person, self.attempt, self.group))


#: Label of a table -> its paths.
SUBJECTS: dict[str, Subject] = {
    "courses.course": Subject(""),
    "courses.section": Subject("course"),
    "courses.enrollment": Subject("course", person=""),
    "courses.student": Subject("course", person=""),
    "courses.otheremail": Subject("enrollment__course", person="enrollment"),
    "courses.group": Subject("course", group=""),
    "courses.groupmembership": Subject("group__course", person="student"),
    "courses.accommodation": Subject("student__course", person="student"),
    "courses.auditevent": Subject("course"),
    "invitations.invitation": Subject("enrollment__course", person="enrollment"),
    "invitations.selfenrolment": Subject("course"),
    "invitations.joinrequest": Subject("course"),
    "assignments.suiteversion": Subject(None),
    "assignments.assignment": Subject("course"),
    "assignments.sectionduetime": Subject("assignment__course"),
    "assignments.extension": Subject("assignment__course", person="student", group="group"),
    "submissions.repository": Subject("course", person="student"),
    "submissions.push": Subject("repository__course", person="repository__student"),
    "submissions.upload": Subject("assignment__course", person="student"),
    "submissions.parkedpush": Subject("course"),
    "submissions.snapshot": Subject("assignment__course", person="repository__student"),
    "submissions.attempt": Subject("assignment__course", attempt=""),
    "submissions.run": Subject("attempt__assignment__course", attempt="attempt"),
    "submissions.regradepreview": Subject("assignment__course"),
    "submissions.check": Subject("run__attempt__assignment__course", attempt="run__attempt"),
    "review.comment": Subject("attempt__assignment__course", attempt="attempt", author="author"),
    "discussion.regraderequest": Subject("assignment__course", person="student"),
    "review.addedtext": Subject("assignment__course"),
    "review.comparison": Subject("assignment__course"),
    "review.cluster": Subject("assignment__course"),
    "review.failure": Subject("run__attempt__assignment__course", attempt="run__attempt"),
    "review.met": Subject("cluster__assignment__course", person="student"),
    "manual_grading.manualpart": Subject("assignment__course"),
    "manual_grading.question": Subject("part__assignment__course"),
    "manual_grading.rubricitem": Subject("question__part__assignment__course"),
    "manual_grading.savedcomment": Subject("question__part__assignment__course"),
    "manual_grading.handgrading": Subject("attempt__assignment__course", attempt="attempt"),
    "gradebook.override": Subject("assignment__course", person="student"),
    "gradebook.previewfigures": Subject("preview__assignment__course"),
    "gradebook.choice": Subject("assignment__course", person="student"),
    "outbox.link": Subject("course"),
    "outbox.comparison": Subject("link__course"),
    "outbox.gradedelivery": Subject("assignment__course", person="student"),
    "canvas.canvascourse": Subject("course"),
    "canvas.canvasassignment": Subject("link__course"),
    "canvas.canvasstudent": Subject("link__course"),
    "canvas.coursetoken": Subject("link__course"),
    "canvas.developerkey": Subject("link__course"),
    "canvas.assignmentreading": Subject("link__course"),
    "lti.lticourse": Subject("course"),
    "lti.memberreading": Subject("link__course"),
    "github_app.repositorytemplate": Subject("assignment__course"),
    "github_app.repositorylisting": Subject("assignment__course"),
    "github_app.repositoryorder": Subject("assignment__course", person="student"),
    "github_app.repositoryarchiving": Subject("repository__course"),
    "github_app.repositorymember": Subject("order__assignment__course", person="student"),
    "github_app.starterupdate": Subject("assignment__course"),
    "github_app.starterpullrequest": Subject("update_of__assignment__course"),
    "gradescope.bridge": Subject("assignment__course"),
    "gradescope.packedautograder": Subject(None),
    "lti.ltiassignment": Subject("link__course"),
}
NOWHERE = Subject(None)


def subject_of(model: type[Model]) -> Subject:
    """Return a table's paths."""
    return SUBJECTS.get(model._meta.label_lower, NOWHERE)


def course_id_of(thing: Model) -> int | None:
    """Return the key of a row's course, stored or not; None: it belongs to none."""
    path = subject_of(thing._meta.model).course
    if path is None:
        return None
    *steps, last = path.split("__") if path else [""]
    holder = functools.reduce(getattr, steps, thing)
    if not last:
        return holder.pk
    return getattr(holder, f"{last}_id") if holder is not None else None


def people_of(thing: Any) -> list[Enrollment]:
    """Return the enrolments whose work a row is."""
    subject = subject_of(thing._meta.model)
    if subject.attempt is not None:
        attempt = functools.reduce(getattr, _steps(subject.attempt), thing)
        return list(attempt.people)
    person = functools.reduce(getattr, _steps(subject.person), thing) if subject.person is not None else None
    group = functools.reduce(getattr, _steps(subject.group), thing) if subject.group is not None else None
    members = group.students.all() if group is not None and group.pk is not None else ()
    return [*([person] if person is not None else []), *members]


def _steps(path: str) -> list[str]:
    return path.split("__") if path else []


def of_people(subject: Subject, condition: Callable[[str], Q]) -> Q:
    """Return the condition that a row is the work of somebody of whom `condition` holds, given the path to them."""
    if subject.attempt is not None:
        members = apps.get_model("submissions", "AttemptMember")._base_manager.filter(condition("student__"))
        return Q(**{f"{subject.attempt or 'pk'}__in": members.values("attempt")})
    found = Q(pk__in=()) if subject.person is None else condition(f"{subject.person}__" if subject.person else "")
    if subject.group is not None:
        of_some = GroupMembership.objects.filter(condition("student__"))
        found |= Q(**{f"{subject.group or 'pk'}__in": of_some.values("group")})
    return found
