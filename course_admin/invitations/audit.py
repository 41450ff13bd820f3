"""How this app's tables are audited: they decide who gets in."""

from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.invitations.models import Invitation, JoinRequest, SelfEnrolment


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[Invitation] = Audited(
        AuditKind.ACCESS,
        lambda row: f"invitation of {row.enrollment.name}",
        {"mailed_at": "when the mail left; it decides nothing", "public_id": "names it in its link"},
    )
    AUDITED[SelfEnrolment] = Audited(
        AuditKind.ACCESS,
        lambda row: f"self-enrolment in {row.course}",
        withheld={
            "code": "lets people in, and the page shows it to who may; that there is one, or another, is on record"
        },
    )
    AUDITED[JoinRequest] = Audited(AuditKind.ACCESS, lambda row: f"{row.account} asking to join {row.course}")
