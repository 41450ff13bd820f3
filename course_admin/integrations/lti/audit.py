"""How this app's tables are audited: each decides who gets in, or whose grade goes where."""

from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, Platform
from course_admin.integrations.outbox.models import NOTED


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[Platform] = Audited(AuditKind.ACCESS, lambda row: f"LTI platform {row.name}")
    AUDITED[LtiCourse] = Audited(
        AuditKind.GRADE,
        lambda row: f"LTI course of {row.course.title}",
        {
            **dict.fromkeys(NOTED, "noted by rounds, which run every few minutes; nothing that somebody decides"),
            **dict.fromkeys(
                ("memberships_url", "our_address"), "told by every launch; the platform and the context are what counts"
            ),
        },
    )
    AUDITED[LtiAssignment] = Audited(AuditKind.GRADE, lambda row: f"{row.assignment.title} in its learning platform")
    NOT_AUDITED["lti.toolkey"] = "a secret; making and ending one has an event of its own"
    NOT_AUDITED["lti.memberreading"] = "what a platform said; nothing follows from it before the roster's import"
