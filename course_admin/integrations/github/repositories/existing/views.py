"""The page that takes over repositories that exist already: what GitHub lists is shown, then what was chosen of it is bound."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.repositories.existing import NotListed, list_existing
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.addresses import page_address
from course_admin.submissions.intake.ownership.adopting import Adoption, adopt, propose_adoptions
from course_admin.submissions.intake.ownership.binding import NotBound

NOTHING = _("Choose the repositories that are to be taken over; nothing was changed.")
CHOOSE = _("Choose a student of the course for each repository that you take over; nothing was changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def existing_repositories(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show which repositories there are, and take over the chosen ones."""
    led = allowed(viewer(request), Action.SET_UP, Assignment.objects.select_related("course"))
    thing = get_object_or_404(led, course__slug=slug, slug=assignment)
    shown = {"assignment": thing, "host": page_address(""), "rows": None}
    if request.method == "POST":
        try:
            rows = _listed(thing)
            if "adopt" in request.POST:
                made = adopt(
                    assignment=thing, adoptions=rows, chosen=_chosen(request, thing), by=request.user, at=clock.now()
                )
                messages.success(
                    request,
                    gettext("Taken over: {count}. What was pushed to them is looked at next.").format(count=len(made)),
                )
                return redirect("existing-repositories", slug=slug, assignment=assignment)
            students = Student.objects.active().filter(course=thing.course_id).order_by("name", "pk")
            shown |= {"rows": rows, "students": students}
        except (NotListed, NotBound) as problem:
            messages.error(request, str(problem))
    return render(request, "github/existing_repositories.html", shown)


def _listed(assignment: Assignment) -> list[Adoption]:
    """Ask GitHub. Raises NotListed."""
    hub = github(clock.now)
    if hub is None:
        return propose_adoptions(assignment, list_existing(hub=None, assignment=assignment))
    with hub:
        return propose_adoptions(assignment, list_existing(hub=hub, assignment=assignment))


def _chosen(request: LoggedInRequest, assignment: Assignment) -> dict[int, Enrollment]:
    """Return the chosen repositories' numbers with the students chosen for them. Raises NotBound."""
    numbers = [each for each in request.POST.getlist("take") if each.isascii() and each.isdecimal()]
    if not numbers:
        raise NotBound(NOTHING)
    students = {str(each.pk): each for each in Student.objects.active().filter(course=assignment.course_id)}
    picked = {each: students.get(request.POST.get(f"student-{each}", "")) for each in numbers}
    chosen = {int(each): student for each, student in picked.items() if student is not None}
    if len(chosen) < len(picked):
        raise NotBound(CHOOSE)
    return chosen
