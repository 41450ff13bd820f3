"""Pages of similar submissions, for whoever leads the course: the pairs, and two texts side by side."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action
from course_admin.review.desk.place import Place, place_of
from course_admin.review.models import AddedText, Comparison
from course_admin.review.services import NotToSay
from course_admin.review.similarity import compare as comparing
from course_admin.review.similarity.forms import TextForm
from course_admin.review.similarity.material import TEXT, Subject, given_texts, subject_of, text_of
from course_admin.review.similarity.pairs import marked_lines, regions, values_of
from course_admin.submissions.models import Attempt


@require_safe
@login_required
@never_cache
def similarity(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """List the pairs that the last comparison found, and the texts that were added."""
    return _page(request, place_of(request, slug, assignment, Action.COMPARE_WORK), TextForm(label_suffix=""))


def _page(request: HttpRequest, place: Place, form: TextForm, refusal: str = "") -> HttpResponse:
    """Show the pairs and the texts; `refusal` is why what the form holds was not added."""
    comparison = Comparison.objects.filter(assignment=place.assignment).select_related("asked_by").first()
    texts = list(AddedText.objects.filter(assignment=place.assignment).defer("text"))
    pairs = _named(place, comparison.pairs, texts) if comparison else []
    shown = {
        "place": place,
        "comparison": comparison,
        "pairs": pairs,
        "texts": texts,
        "form": form,
        "refusal": refusal,
    }
    return render(request, "review/similarity.html", shown)


def _named(place: Place, pairs: list[dict[str, Any]], texts: list[AddedText]) -> list[dict[str, Any]]:
    """Return pairs with the names of both; what is gone since is left out."""
    wanted = {pair[side] for pair in pairs for side in ("one", "other")}
    attempts = place.attempts.filter(public_id__in=wanted).prefetch_related("memberships__student")
    names: dict[str, str] = {each.public_id: _name(each) for each in attempts}
    names |= {f"{TEXT}{each.pk}": each.title for each in texts}
    return [
        {**pair, "names": (names[pair["one"]], names[pair["other"]]), "percent": round(100 * pair["share"])}
        for pair in pairs
        if pair["one"] in names and pair["other"] in names
    ]


def _name(attempt: Attempt) -> str:
    return ", ".join(person.name for person in attempt.people)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two texts: whose, its attempt if it is one, and its lines, those that match marked."""

    name: str
    attempt: Attempt | None
    lines: list[tuple[int, str, bool]]


@require_safe
@login_required
@never_cache
def side_by_side(request: HttpRequest, slug: str, assignment: str, one: str, other: str) -> HttpResponse:
    """Show two texts beside each other, with the lines that match."""
    place = place_of(request, slug, assignment, Action.COMPARE_WORK)
    subject = subject_of(place.assignment)
    (name, attempt, text), (other_name, other_attempt, other_text) = (
        _text(place, subject, each) for each in (one, other)
    )
    excluded: set[int] = set()
    for given in (*subject.given(), *given_texts(place.assignment)):
        excluded |= values_of(given)
    found = regions(text, other_text, excluded)
    shown = {
        "place": place,
        "regions": found,
        "sides": [
            Side(name, attempt, _lines(text, marked_lines(found, "one"))),
            Side(other_name, other_attempt, _lines(other_text, marked_lines(found, "other"))),
        ],
    }
    return render(request, "review/side_by_side.html", shown)


def _text(place: Place, subject: Subject, name: str) -> tuple[str, Attempt | None, str]:
    """Return whose a text is, its attempt if it is one, and the text; 404 for what is not of this assignment."""
    if name.startswith(TEXT):
        key = name.removeprefix(TEXT)
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            raise Http404
        added = get_object_or_404(AddedText, assignment=place.assignment, pk=int(key))
        return added.title, None, added.text
    attempt = get_object_or_404(place.attempts.prefetch_related("memberships__student"), public_id=name)
    return _name(attempt), attempt, text_of(attempt, subject)


def _lines(text: str, marked: set[int]) -> list[tuple[int, str, bool]]:
    return [(number, line, number in marked) for number, line in enumerate(text.split("\n"), 1)]


@require_POST
@login_required
def compare(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Have the newest submissions compared."""
    place = place_of(request, slug, assignment, Action.COMPARE_WORK)
    comparing.ask_for_comparison(assignment=place.assignment, actor=request.user, at=clock.now())
    messages.success(request, gettext("The submissions are being compared; open this page again in a few minutes."))
    return redirect("similarity", slug=slug, assignment=assignment)


@require_POST
@login_required
def add_text(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Add a text to the comparison."""
    place = place_of(request, slug, assignment, Action.COMPARE_WORK)
    form = TextForm(request.POST, label_suffix="")
    try:
        if not form.is_valid():
            raise NotToSay(" ".join(str(error) for errors in form.errors.values() for error in errors))
        told: dict[str, Any] = {**form.cleaned_data, "actor": request.user, "at": clock.now()}
        comparing.add_text(assignment=place.assignment, **told)
        messages.success(request, gettext("Added: the next comparison takes it in."))
    except NotToSay as refusal:
        return _page(request, place, form, str(refusal))
    return redirect("similarity", slug=slug, assignment=assignment)


@require_POST
@login_required
def remove_text(request: LoggedInRequest, slug: str, assignment: str, text: int) -> HttpResponse:
    """Take an added text out again."""
    place = place_of(request, slug, assignment, Action.COMPARE_WORK)
    added = get_object_or_404(AddedText, assignment=place.assignment, pk=text)
    comparing.remove_text(added=added, actor=request.user, at=clock.now())
    messages.success(request, gettext("Taken out: the next comparison is without it."))
    return redirect("similarity", slug=slug, assignment=assignment)
