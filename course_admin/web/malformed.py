"""What no request may hold, whatever the page: one sentence and a 400, before or instead of a fault.

A NUL is no text to PostgreSQL, and a lone surrogate none to anybody; no date of a course lies outside of this century; a
number of 5,000 digits is none of ours. Forms say so beside the field where Django knows how; what is left, in addresses and
filters, and where a widget stumbles over a value that its field refuses, ends here.
"""

import decimal
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

log = logging.getLogger(__name__)

OF_PROGRAMS = "/api/"  # whose answers are JSON
FIRST_YEAR, LAST_YEAR = 2000, 2100
SENTENCE = (
    "Something in this request cannot be read: a number or a date that is out of range, or a character that is none."
)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
#: Of a ValueError: the value came with the request, and no field or parameter can hold it.
_OF_A_VALUE = re.compile(
    r"expected a number but got|Exceeds the limit|invalid literal for int|year -?\d+ is out of range"
)


def within_a_century(value: date | datetime | None) -> None:
    """Raise ValidationError for a day that no deadline lies on; what is computed from it would leave the calendar."""
    if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(f"Give a date between {FIRST_YEAR} and {LAST_YEAR}.", code="out_of_range")


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
        return None


def _texts(values: dict) -> Iterator[str]:
    for name in values:
        yield name
        yield from values.getlist(name)  # type: ignore[attr-defined]


def _is_of_a_value(problem: Exception) -> bool:
    if isinstance(problem, DataError | OverflowError | UnicodeEncodeError | decimal.InvalidOperation):
        return True
    return isinstance(problem, ValueError) and bool(_OF_A_VALUE.search(str(problem)[:500]))


def _refusal(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(OF_PROGRAMS):
        return JsonResponse({"message": SENTENCE}, status=400)
    return render(request, "400.html", {"sentence": SENTENCE}, status=400)
