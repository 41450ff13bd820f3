"""What each student was promised for each assignment: the one place that says when something is due for somebody.

Grades, the late mark of a report and the release of withheld checks all ask here. The section's times stand in place of
the assignment's, and of several sections' times the later ones; the days of a standing accommodation and of the longest
extension are added to both, and an extension until a time makes neither earlier than that.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from course_admin.assignments.late import Deadlines, Lateness, lateness
from course_admin.assignments.models import Assignment, Extension, SectionDueTime
from course_admin.courses.models import Accommodation, Course, Enrollment, GroupMembership


class DeadlineBook:
    """The terms of a course, fetched in five queries; of one student alone, if one is given."""

    def __init__(self, course: Course, student: Enrollment | None = None) -> None:
        self.zone = course.zone
        mine: dict[str, Any] = {} if student is None else {"student": student}
        times = SectionDueTime.objects.filter(assignment__course=course)
        self._times: dict[tuple[int, int | None], SectionDueTime] = {
            (each.assignment_id, each.section_id): each for each in times
        }
        self._other_sections: dict[int, list[int]] = defaultdict(list)
        others = Enrollment.other_sections.through.objects.filter(enrollment__course=course)
        others = others if student is None else others.filter(enrollment=student)
        for person, section in others.values_list("enrollment_id", "section_id"):
            self._other_sections[person].append(section)
        standing = Accommodation.objects.filter(student__course=course, **mine).defer("reason")
        self._standing = {each.student_id: each for each in standing}
        self._members: dict[int | None, list[int]] = defaultdict(list)
        members = GroupMembership.objects.filter(group__course=course, **mine).values_list("group_id", "student_id")
        for group, member in members:
            self._members[group].append(member)
        self._days: dict[tuple[int, int], int] = defaultdict(int)
        self._until: dict[tuple[int, int], datetime] = {}
        self._read_extensions(course, student)

    def terms(self, student: Enrollment, assignment: Assignment) -> Deadlines:
        """Return what a student was promised for an assignment."""
        sections = (student.section_id, *self._other_sections.get(student.pk, ()))
        own = [self._times[assignment.pk, each] for each in sections if (assignment.pk, each) in self._times]
        common = self._common(assignment, own)
        standing = self._standing.get(student.pk)
        extra = standing.extra_days if standing and common.due_at and common.due_at >= standing.starts_at else 0
        key = (student.pk, assignment.pk)
        return replace(common, extra_days=extra + self._days.get(key, 0), until=self._until.get(key))

    def common(self, assignment: Assignment) -> list[Deadlines]:
        """Return the terms of those without extra days: the assignment's own, each section's, and the latest of all."""
        own = [each for (key, _), each in self._times.items() if key == assignment.pk]
        return [self._common(assignment, each) for each in ([], *([one] for one in own), own)]

    def _common(self, assignment: Assignment, own: list[SectionDueTime]) -> Deadlines:
        """Return an assignment's terms with the own times of some sections, the latest of them; never closing is later."""
        if not own:
            return Deadlines(self.zone, assignment.due_at, assignment.closes_at)
        closing = [each.closes_at or assignment.closes_at for each in own]
        closes_at = None if None in closing else max(filter(None, closing))
        return Deadlines(self.zone, max(each.due_at for each in own), closes_at)

    def with_extra_days(self, assignment: Assignment) -> set[int]:
        """Return the keys of the students who may have extra days, or a time of their own."""
        granted = (*self._days, *self._until)
        return {student for student, key in granted if key == assignment.pk} | set(self._standing)

    def _read_extensions(self, course: Course, student: Enrollment | None) -> None:
        """Read days and times by student and assignment; of a student's own and their groups' extensions the longest."""
        given = Extension.objects.filter(assignment__course=course).defer("reason")
        if student is not None:
            given = given.filter(Q(student=student) | Q(group__in=list(self._members)))
        for each in given:
            for receiver in [each.student_id] if each.student_id else self._members[each.group_id]:
                key = (receiver, each.assignment_id)
                self._days[key] = max(self._days[key], each.days)
                if each.due_at is not None:
                    self._until[key] = max(self._until.get(key, each.due_at), each.due_at)


def deadlines_of(student: Enrollment, assignment: Assignment) -> Deadlines:
    """Return what one student was promised for one assignment."""
    return DeadlineBook(assignment.course, student).terms(student, assignment)


def lateness_of(received_at: datetime, assignment: Assignment, terms: Deadlines) -> Lateness:
    """Return how late something came under an assignment's grace."""
    return lateness(received_at, terms, assignment.late_grace_minutes)


def is_due(assignment: Assignment, terms: Deadlines, at: datetime) -> bool:
    """Say whether the time in which something is handed in on time is over, grace included; never without a due time."""
    due_at = terms.extended_due_at
    return due_at is not None and at > due_at + timedelta(minutes=assignment.late_grace_minutes)
