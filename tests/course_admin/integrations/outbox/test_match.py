"""Who is who in an LMS, whichever it is: `course_admin/integrations/outbox/match.py`."""

import pytest

from course_admin.courses.models import Enrollment
from course_admin.integrations.outbox.match import UNKNOWN, RemotePerson, match


def found(email: str, person: RemotePerson) -> str:
    (one,) = match([Enrollment(pk=1, email=email)], [person], set(), lms="Moodle").values()
    return one.remote_id or one.words


def test_the_case_of_an_address_does_not_count():
    assert found("mira@example.edu", RemotePerson("10", email="Mira@Example.EDU")) == "10"


@pytest.mark.parametrize("look_alike", ["m\u0131ra@example.edu", "mira@example.\u017fchool", "mi\u212aa@example.edu"])
def test_an_address_that_folds_into_anothers_is_another(look_alike):
    for here in ("mira@example.edu", "mira@example.school", "mika@example.edu"):
        assert found(here, RemotePerson("10", email=look_alike, login=look_alike)) == UNKNOWN.format(lms="Moodle")
