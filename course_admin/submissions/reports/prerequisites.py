"""Why points may be missing that are not this assignment's fault: an earlier one that it builds on lost points itself."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Check, Run, arrival

MEND_FIRST = _(
    "This assignment builds on {title}, and your newest graded attempt there lost points: fix that first, and points here "
    "may come back with it."
)


def what_to_mend_first(run: Run, student: Enrollment) -> list[str]:
    """Return a sentence for each assignment that a graded run's builds on and that its reader has not right yet.

    Budgets are left aside. Asks nothing where no points were lost, nor where what was lost has been judged on the reference's
    earlier modules, and as often for many assignments as for one.
    """
    if run.score == run.max_score or run.provenance.get("looked_again"):
        return []
    needed = list(run.attempt.assignment.needs.order_by("module", "slug"))
    graded = Run.objects.graded().filter(attempt__members=student, attempt__assignment__in=needed)
    newest = dict(
        graded.order_by(*arrival("attempt__"), "queued_at").values_list(
            "attempt__assignment", "pk"
        )  # the last one stays
    )
    lost = Check.objects.filter(run__in=newest.values(), points__lt=F("max_points"), budget__isnull=True)
    with_losses = set(lost.values_list("run", flat=True))
    return [MEND_FIRST.format(title=each.title) for each in needed if newest.get(each.pk) in with_losses]
