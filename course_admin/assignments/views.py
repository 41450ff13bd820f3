"""The page that sets up a course, for those who lead the course; for everybody else it does not exist."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from course_admin.assignments.course_setup.set_up import set_up
from course_admin.assignments.forms import SetUpForm
from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.policy import Action, allowed, viewer
from grader.errors import SuiteError
from grader.transport.archives import FolderArchives


@require_safe
@never_cache
def check_archive(request: HttpRequest, check: str, sha256: str) -> HttpResponse:
    """Hand a suite, with all that its check needs, to whoever shows the token of its present check."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    asked = SuiteVersion.objects.filter(pk=check.removeprefix("check_"), check_state=CheckState.CHECKING)
    if not asked.filter(check_token=token, check_sha256=sha256).exists():
        return JsonResponse({"message": "There is no such check, or it is over."}, status=404)
    data = FolderArchives(settings.ASSAY_ARCHIVES).get(sha256)
    return HttpResponse(data, content_type="application/octet-stream", headers={"Content-Disposition": "attachment"})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def set_up_course(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask for path, term and organisation, then make the assignments and show them."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    form = SetUpForm(request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = set_up(
                course=course,
                chosen=form.chosen,
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                owner=data["owner"],
                trusted=data["trusted"],
                with_milestones=data["with_milestones"],
                edition=data["edition"],
                actor=request.user,
                at=timezone.now(),
            )
        except SuiteError as error:
            form.add_error(None, f"A suite cannot be used, and nothing was made: {error}")
    return render(request, "assignments/set_up.html", {"course": course, "form": form, "made": made})
