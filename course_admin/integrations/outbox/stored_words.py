"""What rounds store of an LMS, in English, in the language of whoever reads it: why a grade was not sent, or a link is at rest.

The writers stand beside what they ask; a test finds a sentence of theirs that is not here. What an LMS said stays as it said it.
"""

from django.utils.translation import gettext, gettext_noop

from course_admin.integrations.outbox.delivery.words import SENTENCES as OF_GRADES
from course_admin.integrations.outbox.ledger import OTHER_MAXIMUM
from course_admin.languages.stored_words import StoredSentences

#: What an LMS is called in the middle of a sentence, and at its beginning.
NAMES = (gettext_noop("the learning platform"), gettext_noop("The learning platform"))
#: What an LMS shows in the place of points, and out of how many an assignment is that has no number there.
NOT_POINTS = (gettext_noop("excused"), gettext_noop("something that is no number"))
INSTEAD = (gettext_noop("no grade"), *NOT_POINTS, gettext_noop("no points"))
SENTENCES = (
    *OF_GRADES,
    *INSTEAD,
    OTHER_MAXIMUM,
    gettext_noop("Canvas answered with a row that has no {number}."),
    gettext_noop("Canvas answered with something that is no list."),
    gettext_noop("Canvas answered {status}: it sends us elsewhere, where no token goes. Mend the address."),
    gettext_noop("Canvas answered {status}: {said}"),
    gettext_noop(
        "Canvas gives the grade of one student to the whole group in this assignment: nothing was sent. Let it assign grades to "
        "each student individually there, and send again."
    ),
    gettext_noop("Canvas granted access that cannot be renewed: its developer key must be one for the API."),
    gettext_noop("Canvas no longer takes our token: it is wrong, over or revoked. Put a new one in its place."),
    gettext_noop("Canvas says that whoever our token belongs to has no right to grade in this course."),
    gettext_noop("Canvas took the grades without saying where to ask what became of them."),
    gettext_noop("Canvas's answer about its assignment has an unexpected shape."),
    gettext_noop("Canvas's answer about its progress has an unexpected shape."),
    gettext_noop("Canvas's answer is not JSON."),
    gettext_noop("Canvas's list has more than {pages} pages."),
    gettext_noop("The answer of {host} is larger than {size} bytes."),
    gettext_noop("The answer of {host} took longer than {seconds} seconds."),
    gettext_noop("The host {host} has no address at the moment."),
    gettext_noop("The only student in {lms} who could be this one is already somebody else here. Say who is who."),
    gettext_noop("The platform answered with something that is no list of members."),
    gettext_noop("The platform answered with something that is no list of results."),
    gettext_noop("The platform answered without a token."),
    gettext_noop("The platform answered {status}: it sends us elsewhere, where no token goes."),
    gettext_noop("The platform answered {status}: {said}"),
    gettext_noop(
        "The platform answered {status}: {said} It no longer lets us do this in the course: its administrators can allow it."
    ),
    gettext_noop("The platform does not let us use {scope}: its administrators can."),
    gettext_noop("The platform does not tell us who is in the course: allow names and roles there, and open it again."),
    gettext_noop("The platform gives us no token: {said}"),
    gettext_noop("The platform no longer takes our tokens: our key or our client ID may have changed there."),
    gettext_noop("The platform takes scores so slowly that the rest is sent later."),
    gettext_noop("The platform was not asked."),
    gettext_noop("The platform's answer about its line item has an unexpected shape."),
    gettext_noop("The platform's answer is not JSON."),
    gettext_noop("The platform's list has more than {pages} pages."),
    gettext_noop("The platform's list leads back to a page that was read already."),
    gettext_noop("{host} cannot be reached: {error}."),
    gettext_noop("{host} did not answer as it should: {error}."),
    gettext_noop("{lms} has no student with this e-mail address, log-in or university number in its course."),
    gettext_noop("{lms} has several students who could be this one. Say which in the list of {lms} students."),
)


def _named(name: str) -> str:
    return gettext(name) if name in NAMES else name


def _shown(there: str) -> str:
    return gettext(there) if there in INSTEAD else there


_STORED = StoredSentences(SENTENCES, {"lms": _named, "there": _shown})


def lms_words(stored: str) -> str:
    """Return what a round stored in the language in force; what an LMS or a person said as it is."""
    return _STORED.reworded(stored)
