"""Our admin site: Django's, under our name, with our log-in page and a stylesheet on its CSS variables."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class AssayAdminSite(AdminSite):
    """The back office of course staff."""

    site_header = "Assay"
    site_title = "Assay"
    index_title = "Next deadlines and problems"
    index_template = "admin/assay_index.html"

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Start from what is due next and what waits for somebody; the list of tables follows."""
        from course_admin.overview import next_deadlines, problems  # models are not loaded yet when the site is made

        now = timezone.now()
        found = {"deadlines": next_deadlines(request.user, now), "problems": problems(request.user, now)}
        return super().index(request, {**found, **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send a visitor to the one log-in page; somebody logged in without rights here is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())
