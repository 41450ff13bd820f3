"""The same code under the same suite draws the same inputs, at every regrade; anything else draws others."""

import pytest

from course_admin.assignments.models import SuiteVersion
from course_admin.submissions.models import RunReason
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.seeds import seed_of
from grader.seeds import SEED_BITS
from tests.factories import NOW, make_assignment, make_attempt

pytestmark = pytest.mark.django_db


def another_suite() -> SuiteVersion:
    version = SuiteVersion.objects.first()
    version.pk, version.name, version.digest = None, "m02_activations", "a" * 64
    version.save()
    return version


def test_a_push_and_its_regrade_draw_the_same(world):
    attempt = make_attempt(world.student, world.assignment)
    runs = [
        dispatch.enqueue(attempt=attempt, at=NOW, reason=reason) for reason in (RunReason.PUSH, RunReason.ASKED_FOR)
    ]
    assert runs[0].seed == runs[1].seed
    assert 0 <= runs[0].seed < 2**SEED_BITS


def test_another_tree_suite_assignment_or_key_draws_another(world, settings):
    attempt = make_attempt(world.student, world.assignment)
    suite = world.assignment.suite
    seeds = {seed_of(attempt, suite)}
    attempt.tree_digest = "f" * 64
    seeds.add(seed_of(attempt, suite))
    seeds.add(seed_of(attempt, another_suite()))
    attempt.assignment = make_assignment(world.course, "m02")
    seeds.add(seed_of(attempt, suite))
    settings.ASSAY_SEED_KEY = "another installation's"
    seeds.add(seed_of(attempt, suite))
    assert len(seeds) == 5


def test_a_run_that_waited_while_its_suite_was_corrected_draws_by_the_corrected_one(world):
    attempt = make_attempt(world.student, world.assignment)
    run = dispatch.enqueue(attempt=attempt, at=NOW)
    world.assignment.suite = another_suite()
    world.assignment.save()
    assert dispatch.dispatch(at=NOW) == 1
    run.refresh_from_db()
    assert (run.suite, run.seed) == (world.assignment.suite, seed_of(attempt, world.assignment.suite))
