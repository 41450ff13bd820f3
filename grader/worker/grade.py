"""The grading worker: the one task of the queue `grade`, and the Celery app that serves it. Side: worker.

    celery --app grader.worker.grade worker --queues grade

It has a broker, archives to read and a sandbox engine. It has no database, no credential of a host or
a gradebook, and nothing of Django; whom it grades it is not told. What it finds goes back as a message that carries the
token of the run's lease, which is good for that one result. A fault of ours is reported as a fault, never as a score.

A worker without a sandbox does not begin, and one whose runs keep failing for its own reasons ends: it finishes what it
has, says why in one log line, and exits with status 4. Its process manager starts it again, once it is mended or in vain.
"""

import contextlib
import functools
import os
import platform
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery
from celery.exceptions import Reject
from celery.signals import celeryd_after_setup, worker_ready
from celery.utils.log import get_task_logger
from celery.worker import state as worker_state
from kombu import Queue
from kombu.exceptions import OperationalError

from grader.errors import GraderError, UsageError
from grader.result import RunResult
from grader.sandbox.engines import default_engine
from grader.sandbox.limits import Limits
from grader.sanitize import clean
from grader.source import Tree, unpack_archive
from grader.suite.bundle import KeptSuites
from grader.suite.manifest import Suite
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade as grade_tree
from grader.transport.archives import archives_at
from grader.transport.beacon import beacon_of
from grader.transport.broker import celery_settings
from grader.worker.health import OWN, Fitness
from grader.worker.settings import worker_settings

log = get_task_logger(__name__)

EXIT_UNFIT = 4
GRADE, RECORD = Queue("grade"), Queue("record")  # named as in course_admin/celery.py
REPORTS = "course_admin.submissions.tasks"
SENTENCE_BYTES = 1_000
PROGRESS_SECONDS = 2.0  # how often a run that gets on says how far it is
#: A result is worth waiting for: a broker that restarts is back within this time, about two minutes.
PATIENCE = {"max_retries": 16, "interval_start": 0.5, "interval_step": 1.0, "interval_max": 10.0}
IMPATIENCE = {"max_retries": 1, "interval_start": 0.0, "interval_step": 0.2, "interval_max": 0.2}


settings = worker_settings(os.environ)
app = Celery("grader")
app.conf.update(
    celery_settings(settings.broker_url),
    task_queues=[GRADE],
    task_create_missing_queues=False,
    task_acks_late=True,
    task_time_limit=settings.run_seconds + 60,
    worker_max_tasks_per_child=100,  # a worker that leaks is replaced before anybody notices
)


@dataclass(slots=True)
class Progress:
    """How many checks of a run are over: noted as the judge reports them, told now and then by the run's heartbeat."""

    done: int = 0
    planned: int = 0

    def note(self, _check: object, done: int, planned: int) -> None:
        """Note that one more is over; costs two assignments."""
        self.done, self.planned = done, planned


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to report about one run, once."""

    run: str
    token: str

    def report(self, what: str, patience: Mapping[str, float], **more: Any) -> None:
        """Send one of the reports start, heartbeat, record, fault. Raises OperationalError if the broker stays away."""
        kwargs = {"run": self.run, "lease_token": self.token, **more}
        app.send_task(f"{REPORTS}.{what}", kwargs=kwargs, queue=RECORD, retry=True, retry_policy=dict(patience))  # type: ignore[arg-type]

    def try_to_report(self, what: str, **more: Any) -> None:
        """Send a report that is only a courtesy: without it the service merely knows less for a while."""
        try:
            self.report(what, IMPATIENCE, **more)
        except OperationalError as problem:
            log.warning("%s of %s was not sent, the broker is away: %s", what, self.run, problem)

    @contextlib.contextmanager
    def kept_alive(self, every_seconds: float, progress: Progress) -> Iterator[None]:
        """Report that the work goes on, as long as the block runs, and more often how far it is, if it has got on."""
        over = threading.Event()
        step = min(every_seconds, PROGRESS_SECONDS)

        def beat() -> None:
            told, waited = 0, 0.0
            while not over.wait(step):
                waited += step
                if waited >= every_seconds or progress.done != told:
                    told, waited = progress.done, 0.0
                    self.try_to_report("heartbeat", done=told, planned=progress.planned)

        thread = threading.Thread(target=beat, name=f"heartbeat of {self.run}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@app.task(name="grader.worker.grade.grade")
def grade(
    run: str,
    lease_token: str,
    archive_sha256: str,
    suite: str,
    suite_digest: str,
    suite_sha256: str,
    seed: int,
    heartbeat_seconds: float,
) -> None:
    """Judge one archive and report the result, or the fault that prevented it."""
    if not fitness.is_fit:
        ask_to_end()
        raise Reject("this worker is on its way out", requeue=True)
    lease = Lease(run, lease_token)
    lease.try_to_report("start", worker=platform.node())
    progress = Progress()
    try:
        with lease.kept_alive(heartbeat_seconds, progress):
            archives = archives_at(settings.archives)
            loaded = KeptSuites(settings.suites).load(
                suite, suite_digest, suite_sha256, lambda: archives.get(suite_sha256, run, lease_token)
            )
            tree = unpack_archive(archives.get(archive_sha256, run, lease_token))
            result = judge(tree, loaded, seed, progress)
    except Exception as problem:  # whatever it is, it is ours: the student's faults are verdicts
        log.exception("%s could not be judged", run)
        sentence = as_sentence(problem)
        can_retry, is_workers = not isinstance(problem, UsageError), isinstance(problem, OWN)
        lease.report("fault", PATIENCE, sentence=sentence, can_retry=can_retry, is_workers=is_workers)
        fitness.note_fault(run, problem)
        if not fitness.is_fit:
            leave(sentence)
    else:
        fitness.note_result()
        log.info("%s is judged", run)  # the time from which its result is on its way
        lease.report("record", PATIENCE, document=result.to_json())
        warm_up(loaded)


def as_sentence(problem: Exception) -> str:
    """Return what staff are told about a problem: its own sentence, with its kind before it if it was not foreseen."""
    text = str(problem) if isinstance(problem, GraderError) else f"{type(problem).__name__}: {problem}"
    return clean(text, SENTENCE_BYTES)


fitness = Fitness()  # of this process; each of a worker's processes has its own
_main_process: int | None = None  # the worker's; None where there is none, as in tests


@celeryd_after_setup.connect
def begin_fit(**_kwargs: object) -> None:
    """Refuse to begin without a sandbox; otherwise be ready to be told that the worker is not fit."""
    global _main_process
    try:
        default_engine(settings.sandbox)
    except GraderError as problem:
        log.critical("This worker does not begin: %s", as_sentence(problem))
        raise SystemExit(EXIT_UNFIT) from None
    _main_process = os.getpid()
    signal.signal(signal.SIGUSR2, lambda *_: setattr(worker_state, "should_stop", EXIT_UNFIT))


@worker_ready.connect
def give_signs(sender: Any, **_kwargs: object) -> None:
    """Say from time to time that this worker is there, and what its clock says."""
    beacon_of(sender.app, list(sender.app.amqp.queues.consume_from)).start()


def leave(sentence: str) -> None:
    """Have the worker take no more runs, finish those that it has, and exit."""
    log.critical("This worker leaves the queue, for too many runs in a row failed for its own reasons: %s", sentence)
    ask_to_end()


def ask_to_end() -> None:
    """Tell the main process to end once the runs under way are over; asking again changes nothing."""
    if _main_process is not None:
        os.kill(_main_process, signal.SIGUSR2)


def judge(tree: Tree, suite: Suite, seed: int, progress: Progress) -> RunResult:
    """Grade a tree in this process's warm boxes."""
    pool = _pool()
    boxes: dict[str, Any] = {"judge": pool.judge(suite), "open_candidate": pool.candidate}
    return grade_tree(tree, suite, pool.engine, seed=seed, on_check=progress.note, **boxes)


def warm_up(suite: Suite) -> None:
    """Have fresh boxes on their way where some were used; after the report, when nobody waits."""
    if _pool.cache_info().currsize:
        _pool().warm(Limits().override(suite.limits))


@functools.cache
def _pool() -> Pool:
    """Return this process's warm boxes; they end with the process."""
    return Pool(default_engine(settings.sandbox))
