"""What no request may hold, whatever the page, and what two sent at once: one sentence and a 400 or 409, and no fault.

A NUL is no text to PostgreSQL, and a lone surrogate none to anybody; no date of a course lies outside of this century; a
number of 5,000 digits is none of ours. Forms say so beside the field where Django knows how; what is left, in addresses and
filters, and where a widget stumbles over a value that its field refuses, ends here. So does what a form found good, and what
somebody else made, or deleted, before it was stored: a button pressed twice, or two people at one moment.
"""

import decimal
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

OF_PROGRAMS = "/api/"  # whose answers are JSON
FIRST_YEAR, LAST_YEAR = 2000, 2100
SENTENCE = _(
    "Something in this request cannot be read: a number or a date that is out of range, or a character that is none."
)
OVERTAKEN = _(
    "Somebody saved the same, or deleted what it belongs to, at this very moment, and what you sent was not saved: load the page "
    "again, and see what is there."
)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
#: Of a ValueError: the value came with the request, and no field or parameter can hold it.
_OF_A_VALUE = re.compile(
    r"expected a number but got|Exceeds the limit|invalid literal for int|year -?\d+ is out of range"
)
#: Of an IntegrityError: a row of the same key, or one that it leads to, came or went since it was looked for.
_OF_A_RIVAL = re.compile(r"unique|foreign key", re.IGNORECASE)


def within_a_century(value: date | datetime | None) -> None:
    """Raise ValidationError for a day that no deadline lies on; what is computed from it would leave the calendar."""
    if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            gettext("Give a date between {first} and {last}.").format(first=FIRST_YEAR, last=LAST_YEAR),
            code="out_of_range",
        )


def bound_all_dates() -> None:
    """Have every date of every form judged, Django's own and those that are written later."""
    for field in (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField):
        field.default_validators = [*field.default_validators, within_a_century]


class MalformedRequests:
    """Middleware: answers what cannot be read by one sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, unless its address holds what is no text."""
        if any(map(_NO_TEXT.search, [request.path, *_texts(request.GET)])):
            return _refusal(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Answer a fault that only what was sent explains."""
        matched = request.resolver_match
        sent = bool(request.GET or request.POST or (matched and (matched.args or matched.kwargs)))
        if sent and _is_of_a_value(problem):
            log.warning("A request to %s could not be read: %s", request.path[:200], problem)
            return _refusal(request)
        if request.method == "POST" and isinstance(problem, IntegrityError) and _OF_A_RIVAL.search(str(problem)):
            log.error("What was sent to %s met another of its kind.", request.path[:200], exc_info=problem)
            return _refusal(request, str(OVERTAKEN), 409, gettext("This was not saved"))
        return None


def _texts(values: dict) -> Iterator[str]:
    for name in values:
        yield name
        yield from values.getlist(name)  # type: ignore[attr-defined]


def _is_of_a_value(problem: Exception) -> bool:
    if isinstance(problem, DataError | OverflowError | UnicodeEncodeError | decimal.InvalidOperation):
        return True
    return isinstance(problem, ValueError) and bool(_OF_A_VALUE.search(str(problem)[:500]))


def _refusal(request: HttpRequest, sentence: str = "", status: int = 400, heading: str = "") -> HttpResponse:
    sentence = sentence or str(SENTENCE)
    if request.path.startswith(OF_PROGRAMS):
        return JsonResponse({"message": sentence}, status=status)
    return render(request, "400.html", {"sentence": sentence, "heading": heading}, status=status)
