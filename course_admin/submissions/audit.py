"""Why this app's tables are not audited: what was handed in, and what became of it, is its own record."""

from course_admin.courses.audit import NOT_AUDITED

BY_WORKERS = "made by the service from what arrived, never changed by hand; what staff ask of it has events of its own"


def register() -> None:
    """Say so for each."""
    for name in (
        "repository",
        "push",
        "upload",
        "parkedpush",
        "snapshot",
        "unannouncedtip",
        "waitingannouncement",
        "attempt",
        "attemptmember",
        "run",
        "regradepreview",
        "check",
    ):
        NOT_AUDITED[f"submissions.{name}"] = BY_WORKERS
