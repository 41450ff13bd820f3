"""The app `review`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewConfig(AppConfig):
    """Comments of staff on attempts and checks."""

    name = "course_admin.review"
    label = "review"
    verbose_name = _("Reviewing")

    def ready(self) -> None:
        """Say how comments are audited."""
        from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.review.models import AddedText, Cluster, Comment

        AUDITED[Comment] = Audited(
            AuditKind.COMMENT,
            lambda row: f"comment on {row.attempt.recorded_name}",
            {"written_at": "the event says when"},
        )
        AUDITED[Cluster] = Audited(
            AuditKind.COMMENT,
            lambda row: f"failures of {row.assignment}: {row.title}",
            {"author": "the event says who", "answered_at": "the event says when"},
        )
        AUDITED[AddedText] = Audited(
            AuditKind.COURSE,
            lambda row: f"text beside the submissions of {row.assignment}: {row.title}",
            {"text": "long, and the title says which it is"},
        )
        worked_out = "worked out from the checks of runs, and nobody's word"
        NOT_AUDITED["review.comparison"] = "worked out from submissions, and nobody's word"
        NOT_AUDITED.update(dict.fromkeys(("review.signature", "review.failure", "review.met"), worked_out))
