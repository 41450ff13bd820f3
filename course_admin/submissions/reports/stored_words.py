"""Our own sentences that were stored when something happened, in the language of whoever reads them now.

They are stored in English, whoever caused them: a note of an attempt, why a push is none. Here a stored sentence is known again by
the pattern that made it. What somebody else wrote, a suite, the judge or staff, fits none and stays as it is.
"""

import re
from string import Formatter

from django.utils.translation import gettext

from course_admin.submissions.intake import attempts, groups, ingest
from course_admin.submissions.intake.announcements import late
from course_admin.submissions.intake.ownership import repositories
from course_admin.submissions.uploads import hand_in

SENTENCES = (
    *groups.NOTES,
    *ingest.REASONS,
    *late.REASONS,
    *repositories.REASONS,
    attempts.NOT_EXPECTED,
    hand_in.MOVED,
)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = (re.escape(text) + (f"(?P<{name}>.*)" if name else "") for text, name, _, _ in Formatter().parse(sentence))
    return re.compile("".join(parts), re.DOTALL)


_PATTERNS = [(sentence, _pattern(sentence)) for sentence in SENTENCES]


def reworded(stored: str) -> str:
    """Return a stored sentence in the language in force; one that is not ours as it is."""
    for sentence, pattern in _PATTERNS:
        if found := pattern.fullmatch(stored):
            return gettext(sentence).format(**found.groupdict())
    return stored
