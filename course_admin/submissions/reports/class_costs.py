"""Where the class stands on a suite's budgets: other students' measured costs, without a name."""

from collections import defaultdict
from typing import Any

from course_admin.submissions.models import Check, Run, RunState

#: Of so many newest results: two queries of one size, however large the course.
NEWEST_RUNS = 200
#: Below this many others a picture would tell too much about one of them, and too little about a class.
FEWEST_STUDENTS = 5

#: Test id -> kind of budget -> the estimates of other students.
Costs = dict[str, dict[str, list[float]]]


def class_costs(run: Run) -> Costs:
    """Return the newest estimate of each other student for every budget of a graded run, in no order that names them.

    Those for whom the run's own attempt counts are no others.
    """
    newest: dict[Any, int] = {}  # by student
    people = run.attempt.people
    graded = Run.objects.filter(
        suite=run.suite_id, attempt__assignment=run.attempt.assignment_id, state=RunState.GRADED
    )
    others = graded.filter(attempt__memberships__is_submitter=True).exclude(attempt__memberships__student__in=people)
    for run_id, student in others.order_by("-id").values_list("id", "attempt__memberships__student")[:NEWEST_RUNS]:
        newest.setdefault(student, run_id)
    if len(newest) < FEWEST_STUDENTS:
        return {}
    found: Costs = defaultdict(lambda: defaultdict(list))
    measured = Check.objects.filter(run__in=newest.values(), budget__isnull=False)
    for test_id, budget in measured.values_list("test_id", "budget"):
        for kind, row in (budget or {}).items():
            if isinstance(row, dict) and isinstance(row.get("estimate"), (int, float)):
                found[test_id][kind].append(float(row["estimate"]))
    return {
        test_id: {kind: sorted(values) for kind, values in kinds.items() if len(values) >= FEWEST_STUDENTS}
        for test_id, kinds in found.items()
    }
