"""What is still to fix in an assignment, in one sentence: how many groups of checks, and which of them costs most."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from course_admin.pages.numbers import plural_number, points_in_words
from course_admin.student.cards import Card
from course_admin.submissions.reports.report import report


def losses_of(card: Card | None, user: Any, at: datetime) -> str:
    """Return the sentence about a card's newest attempt; empty where that is not graded, or nothing shown is left."""
    if card is None or card.newest is None or card.newest_run is None or not card.newest_run.is_graded:
        return ""
    groups = report(attempt=card.newest, user=user, at=at).groups
    if groups.cause:
        return gettext("Attempt {number}: everything that failed did so for one cause. Mend that first.").format(
            number=card.newest.number
        )
    if not groups.failed:
        return ""
    worst = groups.failed[0]
    words = ngettext("{count} group of checks to fix", "{count} groups of checks to fix", len(groups.failed))
    first = words.format(count=len(groups.failed))
    costs = ngettext(
        "“{title}” costs most: {points} point.", "“{title}” costs most: {points} points.", plural_number(worst.lost)
    )
    return f"{first}; {costs.format(title=worst.title.rstrip('.'), points=points_in_words(worst.lost))}"
