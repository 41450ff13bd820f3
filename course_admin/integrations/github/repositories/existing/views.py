"""The page that takes over repositories that exist already: what GitHub listed is shown, then what was chosen of it is bound.

GitHub is asked in the queue; the page follows that, and binds by the answer that it has shown.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.github.models import RepositoryListing
from course_admin.integrations.github.repositories.existing import asking
from course_admin.integrations.github.repositories.existing.listing import NotListed
from course_admin.integrations.github.tasks import LIST
from course_admin.integrations.outbox.enquiry.pages import Followed
from course_admin.liveness import clock
from course_admin.policy import Action
from course_admin.submissions.addresses import page_address
from course_admin.submissions.intake.ownership.adopting import adopt, propose_adoptions
from course_admin.submissions.intake.ownership.binding import NotBound
from course_admin.task_sender import send_on_commit

NOTHING = _("Choose the repositories that are to be taken over; nothing was changed.")
CHOOSE = _("Choose a student of the course for each repository that you take over; nothing was changed.")
LOOK_FIRST = _("What GitHub listed is too old, or of another pattern: look again which there are. Nothing was changed.")
FOLLOWED = Followed(RepositoryListing, Action.SET_UP, "github/_listing.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def existing_repositories(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Ask which repositories there are, show them, and take over the chosen ones."""
    thing = FOLLOWED.place(request, slug, assignment)
    if request.method == "POST":
        try:
            _act(request, thing)
        except (NotListed, NotBound) as problem:
            messages.error(request, str(problem))
        return redirect("existing-repositories", slug=slug, assignment=assignment)
    shown = FOLLOWED.shown(thing)
    existing = asking.listed(shown["found"], clock.now())
    shown |= {"host": page_address(""), "rows": None if existing is None else propose_adoptions(thing, existing)}
    shown["students"] = Student.objects.active().filter(course=thing.course_id).order_by("name", "pk")
    return render(request, "github/existing_repositories.html", shown)


def _act(request: LoggedInRequest, thing: Assignment) -> None:
    """Do what was asked for. Raises NotListed and NotBound, and then nothing has changed."""
    if "adopt" not in request.POST:
        asking.ask(assignment=thing, actor=request.user, at=clock.now())
        send_on_commit(LIST, {"assignment_id": thing.pk})
        return
    chosen = _chosen(request, thing)
    found = RepositoryListing.objects.select_related("assignment").filter(assignment=thing).first()
    existing = asking.listed(found, clock.now())
    if existing is None:
        raise NotBound(LOOK_FIRST)
    rows = propose_adoptions(thing, existing)
    made = adopt(assignment=thing, adoptions=rows, chosen=chosen, by=request.user, at=clock.now())
    said = gettext("Taken over: {count}. What was pushed to them is looked at next.").format(count=len(made))
    messages.success(request, said)


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
