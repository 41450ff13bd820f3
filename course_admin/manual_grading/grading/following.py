"""What somebody grades next: of what they may grade, first what was given to them, then what is nobody's."""

from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When

from course_admin.assignments.models import Assignment
from course_admin.manual_grading.models import HandGrading
from course_admin.manual_grading.models.grading import HandGradingQuerySet
from course_admin.policy import Action, Standing, allowed


def gradings_for(standing: Standing, assignment: Assignment) -> HandGradingQuerySet:
    """Return the gradings of an assignment that somebody may look at and do; those of calibrations are their own alone."""
    rows: HandGradingQuerySet = allowed(standing, Action.GRADE_BY_HAND, HandGrading.objects.all())
    mine = Q(purpose="counts") | Q(grader=standing.account_id)
    found: HandGradingQuerySet = rows.filter(mine, attempt__assignment=assignment)
    return found


def next_ungraded(standing: Standing, assignment: Assignment, after: int = 0) -> HandGrading | None:
    """Return what comes next behind a grading, then what was passed over; None if nothing is left for them."""
    order: Any = Case(When(pk__gt=after, then=Value(0)), default=Value(1), output_field=IntegerField())
    whose: Any = Case(When(grader=standing.account_id, then=Value(0)), default=Value(1), output_field=IntegerField())
    left = gradings_for(standing, assignment).filter(finished_at__isnull=True)
    mine_or_nobodys = left.filter(Q(grader=standing.account_id) | Q(grader__isnull=True)).exclude(pk=after)
    return mine_or_nobodys.order_by(whose, order, "pk").first()
