"""The app `courses`."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Courses, sections, enrolments."""

    name = "course_admin.courses"
    label = "courses"
