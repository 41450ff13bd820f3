"""Grades that were set by hand, student after student: a course may have tens of thousands."""

import itertools
from collections.abc import Iterator, Mapping

from django.db.models import QuerySet

from course_admin.courses.models import Enrollment
from course_admin.gradebook.grading.counting import Overridden
from course_admin.gradebook.grading.in_step import AT_ONCE
from course_admin.identity.models import User


def overridden(students: QuerySet[Enrollment]) -> Iterator[tuple[int, Mapping[int, Overridden]]]:
    """Yield each student's key, in the order of the roster, with their grades set by hand by the assignment's key; in one query.

    Also those who have none: only so can it be read in step with what else is known of them.
    """
    setters: dict[int, str] = {}
    lines = students.order_by("name", "pk").values_list(
        "pk",
        "overrides__assignment",
        "overrides__points",
        "overrides__set_by",
        "overrides__set_by__name",
        "overrides__set_by__email",
    )
    for pk, own in itertools.groupby(lines.iterator(chunk_size=AT_ONCE), key=lambda line: line[0]):
        found: dict[int, Overridden] = {}
        for _, assignment, points, setter, name, email in own:
            if assignment is None:
                continue
            if setter not in setters:
                setters[setter] = str(User(pk=setter, name=name, email=email))
            found[assignment] = Overridden(points, setters[setter])
        yield pk, found
