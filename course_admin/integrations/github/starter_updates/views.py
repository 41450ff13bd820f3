"""The page of starter updates: ask for one, see how far each repository is, try again what failed."""

from collections import Counter

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.github.models import (
    PullRequestState,
    RepositoryTemplate,
    StarterPullRequest,
    StarterUpdate,
)
from course_admin.integrations.github.starter_updates.orders import TITLE_CHARACTERS, NoUpdate, order_update, try_again
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.addresses import page_address


class UpdateForm(forms.Form):
    """What an update is called, and what becomes of files that students have changed."""

    title = forms.CharField(
        max_length=TITLE_CHARACTERS,
        help_text=_("What students read above it, such as: Two tests of module 01 are corrected."),
        label=_("Title"),
    )
    replaces_changed = forms.BooleanField(
        required=False,
        label=_("Also files that a student has changed"),
        help_text=_(
            "Merging then replaces the student's version, and the pull request says so. Otherwise they are only named."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def starter_updates(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show an assignment's newest update with every repository, and ask for another."""
    led = allowed(viewer(request), Action.SET_UP, Assignment.objects.select_related("course"))
    thing = get_object_or_404(led, course__slug=slug, slug=assignment)
    is_again = "again" in request.POST
    form = UpdateForm(request.POST if request.method == "POST" and not is_again else None)
    told = {"assignment": thing, "by": request.user, "at": clock.now()}
    if is_again or form.is_valid():
        try:
            if is_again:
                messages.success(request, gettext("Tried again: {number}.").format(number=try_again(**told)))
            else:
                update = order_update(**form.cleaned_data, **told)
                count = update.pull_requests.count()
                words = ngettext("Asked for: {count} pull request.", "Asked for: {count} pull requests.", count)
                messages.success(request, words.format(count=count))
            return redirect("starter-updates", slug=slug, assignment=assignment)
        except NoUpdate as problem:
            messages.error(request, str(problem))
    newest = StarterUpdate.objects.filter(assignment=thing).defer("files").first()
    pulls = StarterPullRequest.objects.filter(update_of=newest).select_related("repository__student")
    rows = pulls.order_by("repository__student__name", "pk")
    counts = Counter(row.state for row in rows)
    shown = {
        "assignment": thing,
        "form": form,
        "template": RepositoryTemplate.objects.filter(assignment=thing).first(),
        "update": newest,
        "rows": rows,
        "counts": [(state.label, counts[state]) for state in PullRequestState if counts[state]],
        "failed": counts[PullRequestState.FAILED] or (newest is not None and newest.is_failed),
        "host": page_address(""),
    }
    return render(request, "github/starter_updates.html", shown)
