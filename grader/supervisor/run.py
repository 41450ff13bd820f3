"""The supervisor: one run of one tree against one suite, from boxes to a `RunResult`. Side: worker.

Every check that was planned is in the result; where an earlier module of the course's is to blame, what failed is judged once
more on the reference's. A fault makes no result at all.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from grader.errors import SuiteError
from grader.result import NOTE_BYTES, RunResult
from grader.sandbox.base import CONTENT, Box, Engine, Starting
from grader.sandbox.limits import Limits
from grader.sanitize import clean
from grader.source import Preparation, Tree, stage_folder
from grader.suite.advice import advise
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.suite.packages.site import site_of
from grader.supervisor.assemble import provenance
from grader.supervisor.course.earlier_modules import EarlierModules, SecondLook
from grader.supervisor.course.overlay import with_course_files
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.judge_box import SuiteJudge, begin_judges
from grader.supervisor.meters import Meters
from grader.supervisor.supervised import OnCheck, SupervisedRun, judge_again
from grader.verdict import Verdict

IN_DOUBT = 20  # tests that staff are told of


def grade(
    tree: Tree,
    suite: Suite,
    engine: Engine,
    *,
    seed: int,
    order: Order | None = None,
    judge: SuiteJudge | None = None,
    open_candidate: Callable[[Limits], Box] | None = None,
    on_check: OnCheck | None = None,
) -> RunResult:
    """Grade a tree and return the result; the same seed, tree and suite give the same inputs again.

    `judge` and `open_candidate` come from a warm pool; without them boxes are started here and ended with the run.
    Raises SuiteError for a suite that cannot be collected, and Fault where something of ours fails.
    """
    began = time.monotonic()
    limits = Limits().override(suite.limits)
    with contextlib.ExitStack() as over:
        judges = None if judge else begin_judges(engine)  # first, since nothing else takes as long
        if judges:
            over.callback(judges.close)
        first = [] if open_candidate else [engine.begin("candidate", limits)]
        over.callback(_abandon, first)
        preparation = Preparation(tree, suite.packages, suite.notebooks, required_files=suite.required_files)
        over.callback(preparation.abandon)
        work, course_notes = with_course_files(preparation.prepared.tree, suite)
        judge = judges.judge(suite) if judges else judge
        assert judge is not None
        start_candidate = open_candidate or (lambda limits: engine.start("candidate", limits))

        def open_box() -> Box:
            box = first.pop().finish() if first else start_candidate(limits)
            work.write_to(box.folder / CONTENT["candidate"])
            return box

        def refuse() -> None:
            if preparation.refusal is not None:
                host.refusal = Verdict.FAILED, preparation.refusal
                host.discard_box()

        def finish_preparation() -> None:
            preparation.finish()
            refuse()

        host = ForkServer(open_box, suite.packages, suite.modules, limits, site=site_of(suite, "candidate"))
        over.callback(host.discard_box)
        refuse()
        meters = Meters(work, suite, limits, start_candidate)
        over.callback(meters.close_all)
        if not judge.is_collected:
            host.prepare()
        run = SupervisedRun(host, meters, judge, limits, seed, order or Order(), on_check)
        outcome = run.judge_all(finish_preparation)
        is_known = suite.reference is not None and run.order.doubts_faults
        if outcome.faults and is_known:
            host.discard_box()
            asked = Order(only=outcome.faults, is_timed=run.order.is_timed, doubts_faults=False)
            again = partial(grade, seed=seed, order=asked, judge=judge, open_candidate=open_candidate)
            _refuse_broken(suite, outcome.faults, lambda reference: again(reference, suite, engine))
        host.discard_box()
        found = SecondLook()
        if preparation.refusal is None:
            earlier = EarlierModules(work, suite, run.order, partial(judge_again, run, start_candidate=start_candidate))
            found = earlier.look_again(outcome.checks, run.planned)
            outcome.checks |= found.checks
        made_with = provenance(tree, suite, engine, seed, limits, host, judge)
        made_with |= {"cpu_seconds": round(outcome.cpu_seconds, 4), "looked_again": found.looked_again}
        if outcome.faults and not is_known:  # and nobody can say whether an answer has led there
            made_with["in_doubt"] = [clean(sentence, NOTE_BYTES) for sentence in outcome.faults.values()][:IN_DOUBT]
        notes = (*found.notes, *suite.notes_on(tree), *preparation.prepared.notes, *course_notes)
        prepared = replace(preparation.prepared, notes=notes)
        result = outcome.result(run.planned, suite, prepared, made_with)
        if suite.advice and run.order.is_whole:
            result = replace(result, notes=(*result.notes, *advise(result, suite.advice).sentences))
    result.provenance["wall_seconds"] = round(time.monotonic() - began, 4)
    return result


def _refuse_broken(suite: Suite, faults: Mapping[str, str], judged: Callable[[Tree], RunResult]) -> None:
    """Raise SuiteError if the reference, too, meets what looks like a fault of the suite's: no submission decides about that."""
    assert suite.reference is not None
    lost = [each.id for each in judged(stage_folder(suite.reference)).checks if each.verdict is not Verdict.PASSED]
    if lost:
        raise SuiteError(faults[lost[0]])


def _abandon(boxes: list[Starting]) -> None:
    for box in boxes:
        box.abandon()
