"""The app `gradescope`."""

from django.apps import AppConfig


class GradescopeConfig(AppConfig):
    """Which assignments an autograder in Gradescope may ask about, the archive of such an autograder, and the answers."""

    name = "course_admin.integrations.gradescope"
    label = "gradescope"

    def ready(self) -> None:
        """Say how its table is audited."""
        from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited
        from course_admin.courses.models import AuditKind
        from course_admin.integrations.gradescope.models import Bridge

        AUDITED[Bridge] = Audited(
            AuditKind.ACCESS,
            lambda row: f"{row.assignment.title} in Gradescope",
            {"digest": "of a secret; when it was made is on record"},
        )
        NOT_AUDITED["gradescope.packedautograder"] = (
            "an archive that can be made anew at any time; it changes nothing here"
        )
