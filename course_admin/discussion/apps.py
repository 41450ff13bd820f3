"""The app `discussion`."""

from django.apps import AppConfig


class DiscussionConfig(AppConfig):
    """Threads of comments, and requests for regrades."""

    name = "course_admin.discussion"
    label = "discussion"

    def ready(self) -> None:
        """Say how requests are audited, and have them wait among what needs eyes."""
        from course_admin.courses.audit import AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.discussion.models import RegradeRequest
        from course_admin.discussion.waiting import register

        AUDITED[RegradeRequest] = Audited(
            AuditKind.GRADE,
            lambda row: f"request for a regrade of {row.attempt.recorded_name}",
            {
                "assignment": "the attempt's own",
                "asked_at": "the event says when",
                "decided_at": "the event says when",
                "decided_by": "the event says who",
            },
        )
        register()
