"""A suite under plain pytest, in a box that is used for nothing else: what every difference is measured against. Side: worker."""

import socket
import time
from dataclasses import dataclass

from grader.errors import JudgeFault, SuiteError
from grader.sandbox.base import CONTENT, Engine
from grader.sandbox.control import receive_message
from grader.source import Tree, prepare_limited, prepare_packages
from grader.suite.manifest import Suite
from grader.suite.packages.requirements import KINDS
from grader.suite.packages.site import site_of
from grader.supervisor.judge_box import JUDGE_LIMITS
from grader.wire.messages import Finished, PlainOutcome, RunPlain

FOLDER, REFERENCE = "plain", "the-reference"  # no suite can have the latter name
WALL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test: passed, failed or skipped, and the first line of why."""

    outcome: str
    message: str


def plain_outcomes(engine: Engine, suite: Suite, reference: Tree) -> dict[str, Outcome]:
    """Return what came of every test by its id, and of a file that cannot be collected by its name.

    Raises SourceError if the reference holds no such package, SuiteError if the tests do not come to an end.
    """
    prepared = prepare_limited(lambda: prepare_packages(reference, suite.packages, suite.notebooks))
    box = engine.start("judge", JUDGE_LIMITS)
    try:
        place = box.folder / CONTENT["judge"] / FOLDER
        place.mkdir()
        place.chmod(0o755)
        suite.write_to(place)
        prepared.tree.write_to(place / REFERENCE)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                sites = [site for site in (site_of(suite, kind, "judge") for kind in KINDS) if site]
                for site in sites:
                    box.show_packages(site)
                box.send(RunPlain(suite.judge_folder, FOLDER, REFERENCE, sites), [theirs.fileno()])
            return _receive(ours, suite)
    finally:
        box.close()


def _receive(ours: socket.socket, suite: Suite) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    deadline = time.monotonic() + WALL_SECONDS
    try:
        while True:
            message = receive_message(ours, max(deadline - time.monotonic(), 0.01), PlainOutcome, Finished)
            if isinstance(message, Finished):
                return found
            assert isinstance(message, PlainOutcome)
            found[message.check] = Outcome(message.outcome, message.message)
    except TimeoutError:
        raise SuiteError(f"{suite.name}: plain pytest did not end within {WALL_SECONDS:g} s") from None
    except EOFError:
        raise JudgeFault(f"plain pytest over {suite.name} ended before it had told what came of the tests") from None
