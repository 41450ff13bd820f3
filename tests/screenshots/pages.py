"""Which pages are looked at, and by whom: a name for the file, the address, the account."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.urls import reverse

from course_admin.assignments.wizard.forms import REVIEW, STEPS
from course_admin.discussion.waiting import thread_url
from course_admin.identity.models import User
from course_admin.notifications.preferences import token_for
from course_admin.policy import RIGHTS, Right
from tests.screenshots.scene import Scene


@dataclass(frozen=True)
class Shot:
    """One page for one viewer; None: a visitor."""

    name: str
    url: str
    account: User | None


def shots_of(scene: Scene) -> list[Shot]:
    """Return every page worth a look."""
    slug, student, staff = scene.course.slug, scene.student.account, scene.instructor.account
    tensor, pair = scene.tensor, (scene.first.public_id, scene.buggy.public_id)

    def page(name: str, account: User | None, view: str, *args: object) -> Shot:
        return Shot(name, reverse(view, args=args), account)

    return [
        page("login", None, "login"),
        Shot("missing", "/nowhere/", student),
        page("student-home", student, "course-home", slug),
        page("student-assignments", student, "assignments", slug),
        page("student-assignment", student, "assignment", slug, tensor.slug),
        page("student-report", student, "attempt", scene.buggy.public_id),
        page("student-report-first", student, "attempt", scene.first.public_id),
        page("student-report-broken", student, "attempt", scene.broken.public_id),
        page("student-code", student, "attempt-code", scene.buggy.public_id),
        page("student-thread", student, "thread", scene.buggy.public_id),
        page("student-news", student, "news"),
        page("student-mails", student, "news-settings"),
        Shot("unsubscribe", reverse("unsubscribe", args=[token_for(student.pk, ["graded", "due"])]), None),
        page("student-compare", student, "compare", scene.first.public_id, scene.buggy.public_id),
        page("student-waiting", student, "attempt", scene.waiting.public_id),
        page("receipt-check", None, "receipt-check"),
        page("student-grades", student, "grade-trace", scene.student.pk),
        page("student-upload", student, "upload-new", slug),
        page("student-password", student, "password-change"),
        page("student-log-ins", student, "socialaccount_connections"),
        page("student-second-factor", student, "mfa_index"),
        page("student-tokens", student, "api-tokens"),
        page("student-named-repository", student, "named-repository", slug, tensor.slug),
        page("student-my-repository", student, "my-repository", slug, tensor.slug),
        page("student-leaderboard", student, "leaderboard", slug, tensor.slug),
        page("password-forgotten", None, "password-forgotten"),
        page("staff-home", staff, "course-home", slug),
        page("staff-assignments", staff, "assignments", slug),
        page("staff-submissions", staff, "course-attempts", slug),
        page("staff-report", staff, "attempt", scene.buggy.public_id),
        Shot("staff-request", thread_url(scene.buggy.public_id, scene.asked.test_id), staff),
        page("staff-queue", staff, "queue", slug),
        page("staff-needs-eyes", staff, "needs-eyes", slug),
        page("staff-desk", staff, "submissions", slug, tensor.slug),
        page("staff-desk-attempt", staff, "submission", slug, tensor.slug, scene.buggy.public_id),
        page("staff-failures", staff, "failures", slug, tensor.slug),
        page("staff-failure", staff, "failure", slug, tensor.slug, scene.cluster),
        page("staff-failure-compare", staff, "failure-compare", slug, tensor.slug, *pair),
        page("staff-by-hand", staff, "by-hand", slug, tensor.slug),
        page("staff-by-hand-grade", staff, "by-hand-grade", slug, tensor.slug, scene.by_hand.pk),
        page("staff-by-hand-rubric", staff, "by-hand-rubric", slug, tensor.slug),
        page("staff-by-hand-calibration", staff, "by-hand-calibration", slug, tensor.slug),
        page("staff-course-insights", staff, "course-insights", slug),
        page("staff-insights", staff, "insights", slug, tensor.slug),
        page("staff-similarity", staff, "similarity", slug, tensor.slug),
        page("staff-side-by-side", staff, "side-by-side", slug, tensor.slug, *pair),
        page("staff-people", staff, "people", slug),
        page("staff-audit-log", staff, "audit-log", slug),
        page("staff-invitations", staff, "invitations", slug),
        page("staff-export", staff, "gradebook-export", slug),
        page("staff-gradescope", staff, "gradescope-autograder", slug, tensor.slug),
        page("staff-existing-repositories", staff, "existing-repositories", slug, tensor.slug),
        page("staff-canvas", staff, "canvas-course", slug),
        page("staff-grades-there", staff, "grades-there", slug),
        page("staff-gradebook", staff, "gradebook", slug),
        page("staff-cell", staff, "grade-cell", slug, scene.student.pk, "m00"),
        page("staff-regrade", staff, "regrade", slug, tensor.slug),
        page("staff-regrade-preview", staff, "regrade-preview", slug, tensor.slug),
        page("staff-release", staff, "release", slug, tensor.slug),
        page("staff-repositories", staff, "repositories", slug, tensor.slug),
        page("staff-starter-updates", staff, "starter-updates", slug, tensor.slug),
        page("staff-what-if", staff, "what-if", slug, tensor.slug),
        page("staff-roster", staff, "roster-import", slug),
        page("staff-set-up", staff, "set-up-course", slug),
        page("staff-copy-course", staff, "copy-course", slug),
        page("staff-import-classroom50", staff, "import-classroom50", slug),
        page("staff-import-suite", staff, "import-suite", slug),
        page("staff-set-up-plan", staff, "set-up-preview", slug),
        *(page(f"staff-new-{step}", staff, "new-assignment", slug, step) for step in (*STEPS, REVIEW)),
        page("staff-components", staff, "styles"),
        page("admin-index", staff, "admin:index"),
        page("admin-assignment", staff, "admin:assignments_assignment_change", tensor.pk),
        page("admin-course", staff, "admin:courses_course_change", scene.course.pk),
        page("admin-student", staff, "admin:courses_student_change", scene.student.pk),
        *_tables(staff),
    ]


def _tables(account: User) -> Iterator[Shot]:
    """Yield the list of every table that who leads a course may open, and the form of a new row where they may add one."""
    registered = {model._meta.label_lower for model in admin.site._registry}
    for label, rights in RIGHTS.items():
        name = label.replace(".", "_")
        if Right.VIEW in rights.leaders and label in registered:
            yield Shot(f"admin-{name}", reverse(f"admin:{name}_changelist"), account)
        if Right.ADD in rights.leaders and label in registered:
            yield Shot(f"admin-{name}-new", reverse(f"admin:{name}_add"), account)
