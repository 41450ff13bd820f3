"""What grading costs beside plain pytest: cold and warm, on each engine, and one isolated test. Side: worker.

Every round measures each way once, so that all of them see the same machine; figures are medians over rounds, of times and
of ratios to the same round's plain pytest. The tests are module 01's without its budget tests, which measure many pairs
under the judge and run once without it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from grader.errors import Fault, SandboxUnavailable
from grader.judge import connection, remote
from grader.sandbox.base import CONTENT, Box, Engine
from grader.sandbox.engines import default_engine
from grader.sandbox.limits import Limits
from grader.source import Tree, stage_folder
from grader.suite.manifest import Suite, load_suite
from grader.suite.order import Order
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade
from grader.supervisor.test_process import TestProcess

PROJECT = Path(__file__).resolve().parents[2]
SUITE = PROJECT / "test_suites" / "m01_tensor"
REFERENCE = PROJECT / "reference_impl"
ISOLATED_TESTS = 200
#: What the kernel alone takes on this machine, now, to fork a process that holds NumPy and to see it end: no isolation is
#: cheaper, and the two figures are to be read together.
BARE_FORKS = f"""
import os, statistics, time, numpy
def once():
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return time.perf_counter() - began
print(statistics.median(once() for _ in range({ISOLATED_TESTS})) * 1000)
"""


def run_overhead(rounds: int, console: Console) -> dict[str, Any]:
    """Measure everything over some rounds and return the figures; engines that are not here are left out."""
    suite, tree = load_suite(SUITE), stage_folder(REFERENCE)
    with ExitStack() as stack:
        ways: dict[str, Callable[[], float]] = {"plain": plain_seconds}
        forks: dict[str, Callable[[], float]] = {}
        for name in ("bubblewrap", "docker"):
            try:
                engine = default_engine(name)
            except SandboxUnavailable as problem:
                console.print(f"left out: {problem}", highlight=False)
                continue
            only = _functional_checks(engine, suite, tree)
            ways[f"{name}_cold"] = _cold(engine, suite, tree, only)
            ways[f"{name}_warm"] = stack.enter_context(_warm(engine, suite, tree, only))
            if name == "bubblewrap":
                ways["bubblewrap_command"] = lambda: _command("bubblewrap")
                forks = {"isolated_test_ms": _isolated_test(engine, suite, tree), "bare_fork_ms": _bare_fork_ms}
        measures = ways | forks
        times: dict[str, list[float]] = {name: [] for name in measures}
        for number in range(rounds + 1):
            for name, way in measures.items():
                measured = way()
                if number:
                    times[name].append(measured)
    milliseconds = {name: round(statistics.median(times.pop(name)), 3) for name in forks}
    return _figures(times) | milliseconds


def _figures(times: dict[str, list[float]]) -> dict[str, Any]:
    ratios = {
        name: statistics.median(mine / plain for mine, plain in zip(values, times["plain"], strict=True))
        for name, values in times.items()
    }
    return {
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "seconds": {name: round(statistics.median(values), 4) for name, values in times.items()},
        "rounds": len(times["plain"]),
    }


def plain_seconds() -> float:
    """Return the seconds of the same tests in one pytest process without a sandbox."""
    command = [sys.executable, "-m", "pytest", str(SUITE), "--ignore", str(SUITE / "test_budgets.py"), "-q"]
    command += ["-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(SUITE), "--import-mode=importlib"]
    environment = {**os.environ, "PYTHONPATH": str(REFERENCE), "OPENBLAS_NUM_THREADS": "1"}
    return _timed_process(command, environment)


def _command(sandbox: str) -> float:
    """Return the seconds of the whole command that grades, its own start included, with the budget tests left to it."""
    command = [sys.executable, "-m", "grader", "run", str(REFERENCE), "--suite", str(SUITE), "--sandbox", sandbox]
    return _timed_process([*command, "--without", "test_budgets.py"], dict(os.environ))


def _timed_process(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise Fault(f"{' '.join(command[1:4])} failed: {(done.stdout + done.stderr)[-500:]}")
    return seconds


def _functional_checks(engine: Engine, suite: Suite, tree: Tree) -> list[str]:
    with Pool(engine) as pool:
        return [check.id for check in pool.judge(suite).checks if not check.id.startswith("test_budgets.py")]


def _cold(engine: Engine, suite: Suite, tree: Tree, only: list[str]) -> Callable[[], float]:
    def way() -> float:
        began = time.perf_counter()
        result = grade(tree, suite, engine, seed=1, order=Order(only=only))
        _require_full(result.score, result.max_score)
        return time.perf_counter() - began

    return way


@contextmanager
def _warm(engine: Engine, suite: Suite, tree: Tree, only: list[str]) -> Iterator[Callable[[], float]]:
    """Yield a way that finds its judge collected and its candidate waiting; the next candidate is begun outside the clock."""
    limits = Limits().override(suite.limits)
    with Pool(engine) as pool:
        judge = pool.judge(suite)

        def way() -> float:
            pool.warm(limits)
            pool.settle()
            began = time.perf_counter()
            result = grade(
                tree, suite, engine, seed=1, order=Order(only=only), judge=judge, open_candidate=pool.candidate
            )
            _require_full(result.score, result.max_score)
            return time.perf_counter() - began

        yield way


def _require_full(score: float, most: float) -> None:
    if score != most:
        raise Fault(f"the reference got {score:g} of {most:g} points: nothing is measured on a broken suite")


def _isolated_test(engine: Engine, suite: Suite, tree: Tree) -> Callable[[], float]:
    """Return a way that gives the median milliseconds from asking for a test's process to the proof that it is gone."""
    limits = Limits()

    def open_box() -> Box:
        box = engine.start("candidate", limits)
        tree.write_to(box.folder / CONTENT["candidate"])
        return box

    def way() -> float:
        host = ForkServer(open_box, list(suite.packages), suite.modules, limits)
        host.prepare()
        try:
            return statistics.median(_test_ms(host, limits) for _ in range(ISOLATED_TESTS))
        finally:
            host.discard_box()

    return way


def _test_ms(host: ForkServer, limits: Limits) -> float:
    """Return the milliseconds of one test that asks for one reply."""
    began = time.perf_counter()
    process = host.next_test()
    if not isinstance(process, TestProcess):
        raise Fault("the reference cannot be imported")
    channel = connection.Connection(
        process.channel,
        process.output,
        wall_seconds=10,
        frame_bytes=1 << 20,
        output_bytes=1000,
        refer=remote.refer,
        make_proxy=remote.make_proxy,
        make_name=remote.students_name,
    )
    channel.request("begin", 1)
    channel.close()
    host.turn_over(process)
    return (time.perf_counter() - began) * 1000


def _bare_fork_ms() -> float:
    """Return the median milliseconds of a bare fork, exit and wait of a process that holds NumPy."""
    command = [sys.executable, "-c", BARE_FORKS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def print_overhead(figures: dict[str, Any], console: Console) -> None:
    """Print the figures as a table."""
    table = Table(
        title=f"Module 01's tests on the reference, medians of {figures['rounds']} rounds", title_justify="left"
    )
    for heading in ("way", "seconds", "ratio to plain pytest"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for name, ratio in figures["ratios"].items():
        table.add_row(name.replace("_", ", "), f"{figures['seconds'][name]:.3f}", f"{ratio:.2f}")
    console.print(table)
    if "isolated_test_ms" in figures:
        console.print(
            f"one isolated test: {figures['isolated_test_ms']:.2f} ms "
            f"(a bare fork and wait: {figures['bare_fork_ms']:.2f} ms)"
        )


def write_json(figures: dict[str, Any] | list[dict[str, Any]], target: str | None) -> None:
    """Write figures as JSON to a file, or to standard output for "-"."""
    if target == "-":
        sys.stdout.write(json.dumps(figures) + "\n")
    elif target is not None:
        Path(target).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
