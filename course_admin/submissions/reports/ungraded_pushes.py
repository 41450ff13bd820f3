"""What students read of their pushes that are no attempt: not yet, not by the rules, or not for a reason of ours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Push, PushState
from course_admin.submissions.models.push import MADE
from course_admin.submissions.reports.stored_words import reworded

SHOWN_FOR = timedelta(days=14)
MOST = 5
RECEIVED = _("It has arrived, and its code is being fetched. Reload this page in a moment.")
OUR_FAULT = _(
    "Its code could not be fetched, for a reason that is not yours. Your course staff can see it and have it fetched again; it "
    "counts as received when it arrived."
)


@dataclass(frozen=True, slots=True)
class PushLine:
    """One push as its student sees it."""

    push: Push
    sentence: str


def ungraded_pushes(user: Any, at: datetime) -> list[PushLine]:
    """Return the newest pushes to the repositories of an account's places, less those that became attempts."""
    places = list(Enrollment.objects.of(user).active().values_list("pk", flat=True))
    newest = Push.objects.filter(repository__student__in=places, received_at__gt=at - SHOWN_FOR)
    pushed = newest.exclude(delivery_id__startswith=MADE)
    others = pushed.exclude(state=PushState.ATTEMPTED).select_related("repository").order_by("-received_at", "-pk")
    return [PushLine(push, _sentence(push)) for push in others[:MOST]]


def _sentence(push: Push) -> str:
    match push.state:
        case PushState.RECEIVED:
            return str(RECEIVED)
        case PushState.NEEDS_ATTENTION:
            return str(OUR_FAULT)
        case _:
            return reworded(push.reason)
