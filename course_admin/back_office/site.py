"""Our admin site: Django's, under our name, with our log-in page and a stylesheet on its CSS variables."""

from typing import Any

from django.contrib.admin import AdminSite, site
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _


def back_office(request: HttpRequest) -> dict[str, Any]:
    """Return what templates ask to know whether to show the way to the back office; asked only where it is shown."""
    return {"may_administer": SimpleLazyObject(lambda: site.has_permission(request))}


class AssayAdminSite(AdminSite):
    """The back office of course staff."""

    site_header = "Assay"
    site_title = "Assay"
    index_title = _("Next deadlines and problems")
    index_template = "admin/assay_index.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own pages, and leave out what Django and allauth bring: credentials are nobody's to look at."""
        if admin_class is not None and admin_class.__module__.startswith("course_admin."):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff accounts, and everybody who leads a course."""
        # Models are not loaded yet when the site is made.
        from course_admin.policy import may_enter_back_office, viewer

        return may_enter_back_office(viewer(request))

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Start from what is due next and what waits for somebody; the list of tables follows."""
        # Models are not loaded yet when the site is made.
        from course_admin.back_office.dashboard import courses_with_a_queue, next_deadlines, problems
        from course_admin.back_office.readiness import service_problems
        from course_admin.liveness import clock
        from course_admin.submissions.queue.estimate import queue_figures

        now = clock.now()
        found = {"deadlines": next_deadlines(request.user, now), "problems": problems(request.user, now)}
        found["service_problems"] = service_problems(now)
        found |= {"queue": queue_figures(), "queues": courses_with_a_queue(request.user)}
        return super().index(request, {**found, **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send a visitor to the one log-in page; somebody logged in without rights here is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())
