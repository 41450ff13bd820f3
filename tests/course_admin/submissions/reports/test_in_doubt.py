"""Staff see which tests may be wrong themselves, where no reference could say; students do not."""

from html import unescape

import pytest
from django.urls import reverse

from course_admin.courses.models import Role
from grader.verdict import Verdict
from tests.factories import graded, make_attempt, make_check, make_enrollment

pytestmark = pytest.mark.django_db

SENTENCE = "m_sums/test_sums.py:7: NameError: name 'three' is not defined"


def test_the_suites_line_is_shown_to_staff_alone(client, world):
    run = graded(make_attempt(world.student, world.assignment), make_check(1, 0.0, verdict=Verdict.FAILED))
    run.provenance["in_doubt"] = [SENTENCE]
    run.save(update_fields=["provenance"])
    for person, is_shown in (
        (make_enrollment(world.course, "ada-king", role=Role.INSTRUCTOR), True),
        (world.student, False),
    ):
        client.force_login(person.account)
        page = unescape(client.get(reverse("attempt", args=[run.attempt.public_id])).content.decode())
        assert (SENTENCE in page) is is_shown
