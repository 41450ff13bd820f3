"""How this app's tables are audited: a token acts for its owner."""

from course_admin.api.models import ApiToken
from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[ApiToken] = Audited(
        AuditKind.ACCESS,
        lambda row: f"API token {row.name} of {row.account}",
        {"digest": "of a credential", "last_used_at": "written at each use, and decides nothing"},
    )
