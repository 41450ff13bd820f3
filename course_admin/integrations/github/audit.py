"""Why this app's tables are not audited."""

from course_admin.courses.audit import NOT_AUDITED


def register() -> None:
    """Say what each is instead of something that somebody here decides."""
    NOT_AUDITED["github_app.installation"] = "told by GitHub, where the organisation's owners decide it"
    NOT_AUDITED["github_app.rerequest"] = "told by GitHub; the regrade that follows has an event of its own"
    NOT_AUDITED["github_app.checkreport"] = "a ledger of requests; nothing that somebody decides"
