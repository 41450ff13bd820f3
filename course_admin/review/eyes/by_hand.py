"""What waits to be graded by hand in a course, counted by assignment: how many, and how many of them are the viewer's."""

from typing import Any

from django.db.models import Count, Q

from course_admin.courses.models import Course
from course_admin.manual_grading.models import HandGrading
from course_admin.policy import Action, Standing, allowed


def to_grade(standing: Standing, course: Course) -> list[dict[str, Any]]:
    """Return a line for each assignment with answers that nobody has graded: slug, title, count, mine; one query."""
    seen = allowed(standing, Action.GRADE_BY_HAND, HandGrading.objects.counting().unfinished())
    rows = seen.filter(attempt__assignment__course=course)
    named = rows.order_by("attempt__assignment__module", "attempt__assignment__slug").values(
        "attempt__assignment__slug", "attempt__assignment__title"
    )
    mine = Count("pk", filter=Q(grader=standing.account_id), distinct=True)
    counted = named.annotate(count=Count("pk", distinct=True), mine=mine)
    return [
        {
            "slug": row["attempt__assignment__slug"],
            "title": row["attempt__assignment__title"],
            "count": row["count"],
            "mine": row["mine"],
        }
        for row in counted
    ]
