"""Runs under any order of events: pushes, workers that begin, fail, die and report twice, lost messages, staff and students.

Hypothesis draws the events; after each of them the rules at the end of the machine hold, and when everybody has done their
work nothing is left waiting.
"""

import itertools
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, strategies
from hypothesis import settings as drawn
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import PUSH, Attempt, Run, RunState
from course_admin.submissions.models.run import IN_FLIGHT
from course_admin.submissions.queue import dispatch, record, staff_requests
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import NOW, SEED, make_assignment, make_check, make_course, make_enrollment, make_result, make_user

STEPS = {
    RunState.QUEUED: {RunState.DISPATCHED, RunState.SUPERSEDED, RunState.CANCELLED},
    RunState.DISPATCHED: {RunState.RUNNING, RunState.GRADED, RunState.QUEUED, RunState.NEEDS_ATTENTION},
    RunState.RUNNING: {RunState.GRADED, RunState.QUEUED, RunState.NEEDS_ATTENTION},
    RunState.NEEDS_ATTENTION: {RunState.QUEUED},
    RunState.GRADED: set(),
    # Back in its place once what replaced it is taken back; then it may be sent out before anybody looks.
    RunState.SUPERSEDED: {RunState.QUEUED, RunState.DISPATCHED},
    RunState.CANCELLED: set(),
}
NUMBERS = strategies.integers(0, 5)  # from the newest back: 0 is the newest
POINTS = strategies.integers(0, 10)


class Runs(RuleBasedStateMachine):
    """One course, two students, and everything that can happen to what they push."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = TemporaryDirectory(prefix="assay-machine-")
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = NOW
        course = make_course("machine")
        make_assignment(course)
        self.students = [make_enrollment(course, login) for login in ("mira-okafor", "jon-weil")]
        self.staff = make_user("machine-staff", is_superuser=True)
        self.archives = FolderArchives(Path(self.scratch.name))
        self.deliveries = itertools.count(1)
        self.leases: list[tuple[str, str]] = []  # every token that a message ever carried
        self.states: dict[int, str] = {}
        self.recorded: dict[str, int] = {}  # run -> the points that were taken
        self.graded: dict[int, dict] = {}  # rows as they were when they became final

    def teardown(self) -> None:
        """Let everybody do their work, then nothing may be left."""
        try:
            self.finish_everything()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)
            self.scratch.cleanup()

    # --- events ---

    @initialize()
    def begin_with_something(self) -> None:
        self.push(0)
        self.send_out(is_lost=False)

    @rule(student=strategies.integers(0, 1))
    def push(self, student: int) -> None:
        whose = self.students[student]
        number = next(self.deliveries)
        push = announce(
            self.now,
            delivery_id=f"machine-{number}",
            commit_id=f"{number:040x}",
            repository_id=500 + student,
            full_name=f"tinytorch-class/m01-{whose.github_login}",
            sender_login=whose.github_login,
        )
        ingest(push=push, fetch=tree, archives=self.archives, seed=SEED, at=self.now)
        assert ingest(push=push, fetch=tree, archives=self.archives, seed=SEED, at=self.now) == []
        Attempt.objects.filter(tree_digest__gt="").update(tree_digest="7" * 64)  # as the made results say

    @rule(is_lost=strategies.booleans())
    def send_out(self, is_lost: bool) -> None:
        """Send out what may go; with `is_lost` the broker loses the messages."""
        sent = self._sent()
        if not is_lost:
            self.leases += sent

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS)
    def begin(self, which: int) -> None:
        run, token = self.leases[-1 - which % len(self.leases)]
        dispatch.start(run=run, token=token, worker="w", at=self.now)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS)
    def beat(self, which: int) -> None:
        run, token = self.leases[-1 - which % len(self.leases)]
        dispatch.heartbeat(run=run, token=token, at=self.now)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, points=POINTS)
    def report(self, which: int, points: int) -> None:
        self._report(*self.leases[-1 - which % len(self.leases)], points)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, can_retry=strategies.booleans(), is_workers=strategies.booleans())
    def fail(self, which: int, can_retry: bool, is_workers: bool) -> None:
        run, token = self.leases[-1 - which % len(self.leases)]
        how = {"can_retry": can_retry, "is_workers": is_workers}
        dispatch.fault(run=run, token=token, sentence="The engine is away.", at=self.now, **how)

    @rule(seconds=strategies.sampled_from([1, 30, 200, 1_000, 4_000]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.leases)
    @rule(ends=strategies.lists(strategies.sampled_from(["dies", "fails", "is unfit"]), min_size=1, max_size=4))
    def begin_in_vain(self, ends: list[str]) -> None:
        """Several workers, one after the other, do not get to the end of what was sent out last."""
        for end in ends:
            self.begin(0)
            self.steps_are_those_of_the_drawing()
            if end == "dies":
                self.now += timedelta(seconds=4_000)
                dispatch.reap(at=self.now)
            else:
                self.fail(0, can_retry=True, is_workers=end == "is unfit")
            self.the_window_and_the_tries_are_kept()
            self.steps_are_those_of_the_drawing()
            self.now += timedelta(seconds=dispatch.LONGEST_PAUSE_SECONDS)
            self.leases += self._sent()

    @rule()
    def reap(self) -> None:
        dispatch.reap(at=self.now)

    @rule(in_queue=strategies.integers(0, 3))
    def lose_messages(self, in_queue: int) -> None:
        dispatch.resend_lost(unread_reports=0, in_queue=in_queue, at=self.now)

    @precondition(lambda self: self.states)
    @rule(which=NUMBERS)
    def take_back(self, which: int) -> None:
        staff_requests.cancel(run=self._run(which), by=self.staff, at=self.now, reason="a typo")

    @precondition(lambda self: self.states)
    @rule(which=NUMBERS)
    def retry_run(self, which: int) -> None:
        staff_requests.retry_run(run=self._run(which), by=self.staff, at=self.now, reason="the engine is back")

    @precondition(lambda self: self.states)
    @rule(which=NUMBERS)
    def regrade(self, which: int) -> None:
        dispatch.enqueue(attempt=self._run(which).attempt, seed=SEED, at=self.now, reason="asked_for", is_bulk=True)

    # --- what holds after each of them ---

    @invariant()
    def steps_are_those_of_the_drawing(self) -> None:
        now = dict(Run.objects.values_list("pk", "state"))
        for pk, state in now.items():
            before = self.states.get(pk, RunState.QUEUED)
            assert state == before or state in STEPS[before], f"{before} -> {state}"
        assert self.states.keys() <= now.keys(), "a run vanished"
        self.states = now

    @invariant()
    def what_is_graded_never_changes(self) -> None:
        for row in Run.objects.graded().values():
            assert self.graded.setdefault(row["id"], row) == row
        scores = dict(Run.objects.graded().values_list("public_id", "score"))
        assert scores == self.recorded

    @invariant()
    def the_window_and_the_tries_are_kept(self) -> None:
        assert Run.objects.in_flight().count() <= settings.ASSAY_MAX_IN_FLIGHT
        assert not Run.objects.filter(tries__gt=settings.ASSAY_RUN_TRIES).exists()
        assert not Run.objects.filter(worker_faults__gt=dispatch.MOST_WORKER_FAULTS).exists()

    @invariant()
    def the_newest_push_is_never_set_aside(self) -> None:
        numbers = defaultdict(list)
        for attempt in Attempt.objects.order_by("number").prefetch_related("runs"):
            numbers[attempt.student.pk].append(attempt)
        for attempts in numbers.values():
            assert [attempt.number for attempt in attempts] == list(range(1, len(attempts) + 1))
            assert all(run.state != RunState.SUPERSEDED for run in attempts[-1].runs.all())

    # --- helpers ---

    def _sent(self) -> list[tuple[str, str]]:
        before = set(Run.objects.in_flight().values_list("lease_token", flat=True))
        dispatch.dispatch(at=self.now)
        self.steps_are_those_of_the_drawing()
        out = Run.objects.in_flight().order_by("pk").values_list("public_id", "lease_token")
        return [each for each in out if each[1] not in before]

    def _run(self, which: int) -> Run:
        return Run.objects.get(pk=sorted(self.states)[-1 - which % len(self.states)])

    def _report(self, run: str, token: str, points: int) -> None:
        document = make_result(make_check(1, float(points), max_points=10.0)).to_json()
        was_leased = Run.objects.filter(public_id=run, lease_token=token, state__in=IN_FLIGHT).exists()
        taken = record.record(run=run, token=token, document=document, at=self.now)
        assert taken == was_leased
        if taken:
            assert run not in self.recorded
            self.recorded[run] = points

    def finish_everything(self) -> None:
        """Work off what is sent from now on, as one good worker does; whatever was sent before is never heard of again."""
        for _ in range(200):
            open_runs = Run.objects.filter(state__in=(RunState.QUEUED, *IN_FLIGHT))
            if not open_runs.exists():
                break
            self.now += timedelta(seconds=4_000)
            dispatch.reap(at=self.now)
            for run, token in self._sent():
                dispatch.start(run=run, token=token, worker="w", at=self.now)
                self._report(run, token, 7)
        assert not open_runs.exists(), "something waits for ever"
        self.what_is_graded_never_changes()
        ended = {RunState.GRADED, RunState.NEEDS_ATTENTION, RunState.CANCELLED, RunState.SUPERSEDED}
        assert set(Run.objects.filter(reason=PUSH).values_list("state", flat=True)) <= ended


@pytest.mark.django_db
@pytest.mark.slow
def test_no_order_of_events_loses_or_doubles_a_run(settings):
    settings.ASSAY_RUN_TRIES, settings.ASSAY_MAX_IN_FLIGHT = 2, 2  # small, so that both ends are often met
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    few = drawn(max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(Runs, settings=few)
