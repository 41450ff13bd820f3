"""The app `review`."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Comments of staff on attempts and checks."""

    name = "course_admin.review"
    label = "review"

    def ready(self) -> None:
        """Say how comments are audited."""
        from course_admin.courses.audit import AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.review.models import Comment

        AUDITED[Comment] = Audited(
            AuditKind.COMMENT, lambda row: f"comment on {row.attempt}", {"written_at": "the event says when"}
        )
