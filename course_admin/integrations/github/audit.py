"""How this app's tables are audited: what staff decide is, what GitHub tells is not."""

from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.integrations.github.models import RepositoryTemplate


def register() -> None:
    """Say what each is instead of something that somebody here decides."""
    AUDITED[RepositoryTemplate] = Audited(AuditKind.COURSE, lambda row: f"template of {row.assignment.title}")
    NOT_AUDITED["github_app.repositoryorder"] = "asked for by its student, or for all by an event of its own"
    NOT_AUDITED["github_app.repositoryarchiving"] = "asked for all by an event of its own"
    NOT_AUDITED["github_app.repositorymember"] = "follows from the group, whose changes have events of their own"
    NOT_AUDITED["github_app.starterupdate"] = "never changed by hand; an event of its own says who asked for it"
    NOT_AUDITED["github_app.starterpullrequest"] = "a ledger of requests; nothing that somebody decides"
    NOT_AUDITED["github_app.installation"] = "told by GitHub, where the organisation's owners decide it"
    NOT_AUDITED["github_app.rerequest"] = "told by GitHub; the regrade that follows has an event of its own"
    NOT_AUDITED["github_app.repositorylisting"] = "what GitHub said; taking over what it lists has events of its own"
    NOT_AUDITED["github_app.checkreport"] = "a ledger of requests; nothing that somebody decides"
