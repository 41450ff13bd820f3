"""Which engine is chosen, what it takes to know that it works, and what is imported for it."""

import subprocess
import sys

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox.base import Box
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.engines import default_engine
from grader.sandbox.limits import Limits
from tests.grader.engines import engine

NEVER_NEEDED = ("docker", "requests", "urllib.request", "grader.suite.check.checker", "rich.progress")


def test_whoever_starts_boxes_at_once_gets_no_box_to_try_the_engine_by(monkeypatch: pytest.MonkeyPatch) -> None:
    engine("bubblewrap")  # or skipped

    def start(self: Bubblewrap, kind: str, limits: Limits) -> Box:
        raise SandboxUnavailable("no box today")

    monkeypatch.setattr(Bubblewrap, "start", start)
    assert default_engine("bubblewrap", starts_at_once=True).name == "bubblewrap"
    with pytest.raises(SandboxUnavailable, match="no sandbox can be used here: bubblewrap: no box today"):
        default_engine("bubblewrap")


@pytest.mark.medium
def test_a_run_by_bubblewrap_imports_nothing_of_docker_or_of_other_commands() -> None:
    imported = "cli.main cli.progress cli.terminal supervisor.batch sandbox.engines sandbox.bubblewrap".split()
    imported = "cli.main cli.progress cli.terminal supervisor.batch sandbox.engines sandbox.bubblewrap".split()
    program = (
        f"import sys, importlib; [importlib.import_module('grader.' + name) for name in {imported!r}]; "
        f"print([name for name in {NEVER_NEEDED!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
