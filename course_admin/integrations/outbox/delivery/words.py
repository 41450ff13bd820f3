"""What rounds say of a grade that they leave to staff: both numbers, whose each is, and what to do.

They are stored in English and read in the reader's language (`outbox/stored_words.py`). Only words: nothing is decided here.
"""

from django.utils.translation import gettext_noop

from course_admin.integrations.outbox.lms import NotPoints, Shown, is_cut, shown_text
from course_admin.integrations.outbox.models import GradeDelivery
from grader.points import points_text

CHANGED = gettext_noop("It was {here} there and is {there} now: somebody changed it in the LMS.")
EXCUSED = gettext_noop(
    "The LMS shows that the student is excused, and so it stays; here it is {here}. If the grade is to count, take the excuse "
    "away there first, and then send again."
)
UNREADABLE = gettext_noop(
    "The LMS shows something for the student that is no number, and so it stays; here it is {here}. If the grade is to count, "
    "take away there what is shown, and then send again."
)
NEVER_SENT = gettext_noop(
    "The LMS shows {there}, which was not sent from here; here it is {here}. Send again to overwrite what it shows."
)
NOT_WHAT_WAS_SENT = gettext_noop(
    "The LMS shows {there}, but was sent {sent}: somebody changed it there; here it is {here}. Send again to overwrite what it "
    "shows."
)
SHOWS_ANOTHER = gettext_noop("It was sent {here} and shows {there}.")
CUT = gettext_noop(
    "It was sent {here} and shows {there}, its maximum: it cuts off what lies above, unless it is told there that grades may."
)
NOT_READ_BACK = gettext_noop("It was sent, and cannot be read back: {said}")
OTHER_MAXIMUM = gettext_noop(
    "The assignment is out of {there} in the LMS and out of {here} here: nothing was sent. Make them the same, and send again."
)
OURS = gettext_noop("A fault of ours ended the round ({kind}): the log of the worker says where. It is tried again.")
SENTENCES = (
    OURS,
    CHANGED,
    EXCUSED,
    UNREADABLE,
    NEVER_SENT,
    NOT_WHAT_WAS_SENT,
    SHOWS_ANOTHER,
    CUT,
    NOT_READ_BACK,
    OTHER_MAXIMUM,
)


def changed(row: GradeDelivery, shown: Shown) -> str:
    """Say that a grade was confirmed once, and is another now."""
    return CHANGED.format(here=points_text(row.points), there=shown_text(shown))


def by_hand(row: GradeDelivery, shown: Shown) -> str:
    """Say that what the LMS shows is none of ours."""
    here, there = points_text(row.points), shown_text(shown)
    if isinstance(shown, NotPoints):
        return (EXCUSED if shown is NotPoints.EXCUSED else UNREADABLE).format(here=here)
    if row.sent_points is None:
        return NEVER_SENT.format(here=here, there=there)
    return NOT_WHAT_WAS_SENT.format(here=here, there=there, sent=points_text(row.sent_points))


def not_as_sent(row: GradeDelivery, shown: Shown, said: str) -> str:
    """Say that the LMS has stored something else than it was sent; `said`: what it said of its work."""
    sentence = CUT if is_cut(shown, row.points, row.assignment.points) else SHOWS_ANOTHER
    return f"{sentence.format(here=points_text(row.points), there=shown_text(shown))} {said}".strip()
