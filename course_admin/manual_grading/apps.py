"""The app `manual_grading`."""

from django.apps import AppConfig


class ManualGradingConfig(AppConfig):
    """Questions, rubrics and marks of people."""

    name = "course_admin.manual_grading"
    label = "manual_grading"

    def ready(self) -> None:
        """Say how its tables are audited."""
        from course_admin.courses.audit import AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.manual_grading.models import HandGrading, ManualPart, Question, RubricItem, SavedComment

        AUDITED[ManualPart] = Audited(AuditKind.GRADE, lambda row: f"manual part of {row.assignment}")
        AUDITED[Question] = Audited(AuditKind.GRADE, lambda row: f"question of {row.part.assignment}: {row.title}")
        AUDITED[RubricItem] = Audited(AuditKind.GRADE, lambda row: f"rubric of {row.question.title}: {row.text}")
        AUDITED[SavedComment] = Audited(AuditKind.COMMENT, lambda row: f"comment to be used again: {row.text}")
        AUDITED[HandGrading] = Audited(
            AuditKind.GRADE,
            lambda row: f"grading by hand of {row.attempt.recorded_name}",
            {"draft": "half-finished work, which counts nowhere", "dealt_at": "the event of the dealing says when"},
        )
