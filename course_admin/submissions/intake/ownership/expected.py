"""Which repositories patterns and rosters lead to expect of which nothing has come yet. Names alone: nobody is asked here."""

from datetime import datetime

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN
from course_admin.courses.models import Student
from course_admin.submissions.intake.due_repositories import is_open
from course_admin.submissions.models import Forge, Repository
from course_admin.submissions.models.push import named_for


def expected_names(*, forge: str, at: datetime) -> list[str]:
    """Return the full names of repositories that are not known yet, of active students for whom their assignment is open."""
    names: dict[str, None] = {}
    released = Assignment.objects.filter(is_draft=False).exclude(repository_pattern="").select_related("course")
    for assignment in (each for each in released if each.is_released(at)):
        book = DeadlineBook(assignment.course)
        known = set(Repository.objects.filter(named_for(assignment)).values_list("bound_login", flat=True))
        for student in Student.objects.active().filter(course=assignment.course_id).order_by("pk"):
            at_home = student.university_login if forge != Forge.GITHUB else ""
            login = at_home or student.github_login
            if login and login.lower() not in known and is_open(book.terms(student, assignment), at):
                names[assignment.repository_pattern.replace(LOGIN, login)] = None
    return list(names)
