"""The project as a Django app (templates, commands of its own), and the admin site it uses in place of the default."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AssayConfig(AppConfig):
    """The project's own templates, static files and management commands."""

    name = "course_admin"
    label = "assay"
    verbose_name = "Assay"

    def ready(self) -> None:
        """Make the tasks of the apps tasks of our Celery app, bound the dates of all forms, and translate names of fields."""
        from course_admin import celery  # noqa: F401 - importing it makes it the current one
        from course_admin.back_office.field_names import translate_names
        from course_admin.web.malformed import bound_all_dates

        bound_all_dates()
        translate_names()


class AssayAdminConfig(AdminConfig):
    """Django's admin on our `AdminSite`."""

    default_site = "course_admin.back_office.site.AssayAdminSite"
