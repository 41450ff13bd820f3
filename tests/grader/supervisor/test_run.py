"""One run, end to end, on both engines: each way to fail costs its own test and no other, and nothing is left behind."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.source import stage_folder
from grader.suite.order import Order
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import (
    ENGINES,
    HONEST,
    MANIFEST,
    SUITE,
    below,
    by_name,
    engine,
    grade_files,
    leftovers,
    make_suite,
    make_tree,
)

pytestmark = pytest.mark.timeout(180)

#: What a `victim` can do, and how its test must end.
DEEDS = {
    "hangs": ("while True: pass", {Verdict.TIMED_OUT}),
    "sleeps": ("import time; time.sleep(1000)", {Verdict.TIMED_OUT}),
    "exits": ("import os; os._exit(0)", {Verdict.CRASHED}),
    "raises_system_exit": ("raise SystemExit(0)", {Verdict.FAILED}),
    "segfaults": ("import ctypes; ctypes.string_at(0)", {Verdict.CRASHED}),
    "forks_forever": (
        "import os\n    while True:\n        try: os.fork()\n        except OSError: pass",
        {Verdict.TIMED_OUT, Verdict.CRASHED},
    ),
    "allocates_10_gb": ("x = bytearray(10 * 2**30); return 1", {Verdict.OUT_OF_MEMORY}),
    "grows_forever": ("x = []\n    while True: x.append(bytearray(2**20))", {Verdict.OUT_OF_MEMORY, Verdict.CRASHED}),
    "prints_forever": ("while True: print('x' * 1000)", {Verdict.OUTPUT_EXCEEDED}),
    "kills_everyone": ("import os; os.kill(-1, 9)", {Verdict.FAILED, Verdict.CRASHED}),
    "stops_its_parent": ("import os, signal; os.kill(os.getppid(), signal.SIGSTOP); return 2", {Verdict.FAILED}),
    "leaves_a_daemon": (
        "import os, time\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0: time.sleep(1000)\n        os._exit(0)\n    return 2",
        {Verdict.FAILED},
    ),
    "fills_the_disk": ("open('/tmp/x', 'wb').write(bytes(200 * 2**20)); return 1", {Verdict.FAILED, Verdict.CRASHED}),
    "recurses": ("return victim()", {Verdict.FAILED}),
    "closes_everything": ("import os; os.closerange(0, 100); return 1", {Verdict.CRASHED}),
    "returns_too_much": ("return bytes(100 * 2**20)", {Verdict.OUTPUT_EXCEEDED}),
    "returns_itself": ("x = []; x.append(x); return x", {Verdict.FAILED}),  # it crosses as it is, and equals nothing
}


@pytest.fixture
def before() -> frozenset[int]:
    return below()


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_costs_its_own_test_alone(name: str, deed: str, tmp_path: Path, before: frozenset[int]) -> None:
    body, verdicts = DEEDS[deed]
    result = grade_files(name, tmp_path, {"sums.py": HONEST.replace("    return 1\n", f"    {body}\n")})
    checks = by_name(result)
    assert checks["test_victim"].verdict in verdicts, checks["test_victim"]
    assert checks["test_victim"].points == 0
    assert checks["test_victim"].message
    assert (checks["test_add"].verdict, checks["test_double"].verdict) == (Verdict.PASSED, Verdict.PASSED), checks
    assert result.score == 2
    assert leftovers(before) == []


@pytest.mark.medium
@pytest.mark.parametrize("name", ENGINES)
def test_judge_and_code_take_turns_on_one_processor(name: str, tmp_path: Path) -> None:
    tests = """
    import os
    import sums

    def test_where():
        assert len(os.sched_getaffinity(0)) == 1
        assert sums.where() == sorted(os.sched_getaffinity(0))
    """
    code = "import os\ndef where(): return sorted(os.sched_getaffinity(0))\n"
    assert grade_files(name, tmp_path, {"sums.py": code}, make_suite(tmp_path / "suite", tests)).score == 100


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.bubblewrap
def test_a_machine_with_too_much_to_do_makes_nobody_late(tmp_path: Path) -> None:
    code = "import time\ndef busy():\n    while time.process_time() < 0.9: pass\n    return 1\n"
    tests = "import sums\ndef test_busy():\n    assert sums.busy() == 1\n"
    manifest = MANIFEST.replace("test_wall_seconds = 3", "test_wall_seconds = 1.5")
    suite = make_suite(tmp_path / "suite", tests, manifest)
    with ExitStack() as neighbours:
        for _ in range(4 * len(os.sched_getaffinity(0))):
            busy = neighbours.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            neighbours.callback(busy.kill)
        (check,) = grade_files("bubblewrap", tmp_path, {"sums.py": code}, suite).checks
    assert (check.verdict, check.message) == (Verdict.PASSED, "")


@pytest.mark.medium
@pytest.mark.parametrize("name", ENGINES)
def test_an_honest_submission_gets_all_points_and_an_empty_one_none(name: str, tmp_path: Path) -> None:
    assert grade_files(name, tmp_path / "a", {"sums.py": HONEST}).score == 3
    result = grade_files(name, tmp_path / "b", {})
    assert result.score == 0
    assert result.max_score == 3
    assert "no package 'sums'" in result.checks[0].message


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("import os; os._exit(0)", Verdict.CRASHED),
        ("while True: pass", Verdict.TIMED_OUT),
        ("def f(:", Verdict.FAILED),
        ("raise ValueError('no')", Verdict.FAILED),
    ],
)
@pytest.mark.slow
def test_a_package_that_cannot_be_imported_is_paid_for_once(
    name: str, body: str, verdict: Verdict, tmp_path: Path
) -> None:
    manifest = "title = 'x'\npackage = 'sums'\nmodules = ['sums']\n[limits]\nimport_wall_seconds = 1\n"
    suite = make_suite(tmp_path / "suite", manifest=manifest)
    result = grade_files(name, tmp_path, {"sums.py": body}, suite)
    assert {check.verdict for check in result.checks} == {verdict}
    assert all(check.message for check in result.checks)
    assert result.provenance["boxes"] == 1


@pytest.mark.parametrize("name", ENGINES)
def test_threads_at_import_send_every_test_through_an_import_of_its_own(
    name: str, tmp_path: Path, before: frozenset[int]
) -> None:
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n" + HONEST
    result = grade_files(name, tmp_path, {"sums.py": source})
    assert result.score == 3
    assert leftovers(before) == []


@pytest.mark.bubblewrap
def test_nothing_written_by_one_test_is_seen_by_the_next(tmp_path: Path) -> None:
    source = HONEST.replace("    return a + b", "    open('/tmp/mark', 'w').write('x')\n    return a + b").replace(
        "    return 2 * a", "    import os\n    return 0 if os.path.exists('/tmp/mark') else 2 * a"
    )
    assert grade_files("bubblewrap", tmp_path, {"sums.py": source}).score == 3


@pytest.mark.bubblewrap
@pytest.mark.parametrize("deed", ["sys.stdout.close(); sys.stderr.close()", "sys.stdout = sys.__stdout__ = None"])
def test_what_an_import_does_to_its_streams_keeps_no_test_from_printing(deed: str, tmp_path: Path) -> None:
    printing = HONEST.replace("    return 1\n", "    print('from here')\n    return 2\n")
    result = grade_files("bubblewrap", tmp_path, {"sums.py": f"import sys\n{deed}\n{printing}"})
    assert by_name(result)["test_victim"].output == "from here\n"
    assert by_name(result)["test_add"].verdict == Verdict.PASSED


def test_a_module_global_set_by_one_test_is_not_seen_by_the_next(tmp_path: Path) -> None:
    source = HONEST.replace("    return a + b", "    global double\n    double = None\n    return a + b")
    assert grade_files("bubblewrap", tmp_path, {"sums.py": source}).score == 3


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_the_same_seed_draws_the_same_inputs_and_another_draws_others(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path / "suite",
        """
        from gradescope_utils.autograder_utils.decorators import weight
        import sums

        @weight(1)
        def test_draw(rng):
            assert sums.add(float(rng.random()), 0) == "shown"
        """,
    )
    messages = [
        grade_files("bubblewrap", tmp_path / str(i), {"sums.py": HONEST}, suite, seed).checks[0].message
        for i, seed in enumerate((1, 1, 2))
    ]
    assert messages[0] == messages[1] != messages[2]


@pytest.mark.bubblewrap
def test_checks_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    head = "from gradescope_utils.autograder_utils.decorators import number, weight\nimport sums\n"
    test = "\n@weight(1){mark}\ndef test_{name}():\n    assert sums.add(2, 3) == 5\n"
    numbers = {"late": "10", "appendix": "S", "case": "2.1", "first": "2"}
    marked = [test.format(name=name, mark=f'\n@number("{number}")') for name, number in numbers.items()]
    suite = make_suite(
        tmp_path / "suite",
        head + test.format(name="without", mark="") + "".join(marked),
        test_zeros=head + test.format(name="zeroth", mark='\n@number("0.1")'),
    )
    result = grade_files("bubblewrap", tmp_path, {"sums.py": HONEST}, suite)
    assert [check.number for check in result.checks] == ["0.1", "2", "2.1", "10", "S", ""]


@pytest.mark.bubblewrap
def test_hidden_checks_are_judged_last_and_reported_in_their_place(tmp_path: Path) -> None:
    hidden = SUITE.replace("@weight(1)\ndef test_victim", '@weight(1)\n@visibility("hidden")\ndef test_victim')
    suite = make_suite(tmp_path / "suite", hidden.replace("import weight", "import visibility, weight"))
    tree = stage_folder(make_tree(tmp_path / "tree", {"sums.py": HONEST}))
    judged: list[str] = []
    result = grade(
        tree, suite, engine("bubblewrap"), seed=1, on_check=lambda check, _done, _all: judged.append(check.id)
    )
    assert [check.id.rpartition("_")[2] for check in result.checks] == ["add", "victim", "double"]
    assert judged == [result.checks[number].id for number in (0, 2, 1)]


@pytest.mark.bubblewrap
def test_a_part_of_the_suite_runs_in_another_order(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite")
    tree = stage_folder(make_tree(tmp_path / "tree", {"sums.py": HONEST}))
    order = Order(only=["test_sums.py::test_add", "test_sums.py::test_double"], shuffle=3)
    result = grade(tree, suite, engine("bubblewrap"), seed=1, order=order)
    assert [check.verdict for check in result.checks] == [Verdict.PASSED] * 2


def test_a_run_that_stops_at_the_first_lost_check_can_begin_with_a_likely_one(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite")
    tree = stage_folder(make_tree(tmp_path / "tree", {"sums.py": HONEST.replace("2 * a", "3 * a")}))
    order = Order(first=["test_sums.py::test_double", "test_sums.py::gone"], until_lost=True)
    result = grade(tree, suite, engine("bubblewrap"), seed=1, order=order)
    assert [check.id for check in result.checks] == ["test_sums.py::test_double"]


BROKEN = {
    "no tests": ("x = 1", "no test was found"),
    "no points": (
        "from gradescope_utils.autograder_utils.decorators import weight\n@weight(0)\ndef test_a():\n    pass",
        "add up to 0",
    ),
    "a syntax error": ("def test_a(:\n    pass", "test_sums.py:1"),
    "an import that fails": ("import nowhere", "test_sums.py:1"),
    "a weight that is none": (
        "from gradescope_utils.autograder_utils.decorators import weight\n@weight('five')\ndef test_a():\n    pass",
        "test_sums.py:2",
    ),
    "a mark on a class": (
        "from gradescope_utils.autograder_utils.decorators import weight\n\n@weight(1)\nclass TestA:\n"
        "    def test_a(self):\n        pass",
        "test_sums.py:3: the class TestA has a weight",
    ),
    "two tests of one name": (
        "from gradescope_utils.autograder_utils.decorators import weight\n@weight(1)\ndef test_a():\n    pass\n"
        "@weight(1)\ndef test_a():\n    pass",
        "test_sums.py:6: a second test",
    ),
    "a helper that cannot be sent": (
        "from gradescope_utils.autograder_utils.decorators import weight\nfrom marks import in_candidate\nimport sums\n"
        "class Own: pass\n@in_candidate\ndef f():\n    return Own\n@weight(1)\ndef test_a():\n    f()",
        "cannot be sent",
    ),
}


@pytest.mark.bubblewrap
@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.slow
def test_a_broken_suite_is_refused_with_its_place(fault: str, tmp_path: Path, before: frozenset[int]) -> None:
    tests, sentence = BROKEN[fault]
    suite = make_suite(tmp_path / "suite", tests)
    with pytest.raises(SuiteError, match=sentence.replace("(", r"\(")):
        grade_files("bubblewrap", tmp_path, {"sums.py": HONEST}, suite)
    assert leftovers(before) == []


ADVICE = """
[advice]
ready = 0.8
brush_up = 0.4
path_tag = "path"
usual_path = "A"
paths = [{name = "A", title = "the long way", text = "all of it", modules = ["01"]}]

[[advice.groups]]
tag = "sums"
title = "adding"
url = "https://example.org"
brush_up = {resource = "a page", hours = 1}
start_here_first = {resource = "a book", hours = 2}

[advice.sentences]
nothing_yet = "Begin."
all_ready = "Ready in {count}."
some_ready = "Ready in {ready}: {titles}."
none_ready = "Not yet."
brush_up = "Brush up {title} with {resource}, {hours} ({url})."
start_here_first = "Begin {title} with {resource}, {hours} ({url})."
total = "{hours}."
path = "Path {name}, {title}: {text}."
path_later = "Later {name}, {title}; now {usual}, {usual_title}: {usual_text}."
"""
TAGGED = SUITE.replace("@weight(1)", "@tags('sums')\n@weight(1)").replace("import weight", "import tags, weight")


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_suite_with_advice_gives_it_in_the_notes_of_a_whole_run(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite", TAGGED, MANIFEST + ADVICE)
    result = grade_files("bubblewrap", tmp_path, {"sums.py": HONEST.replace("2 * a", "3 * a")}, suite)
    assert result.score == 2
    assert result.notes == (
        "Not yet.",
        "Brush up adding with a page, 1 hour (https://example.org).",
        "Path A, the long way: all of it.",
    )
    part = Order(only=["test_sums.py::test_add"])
    tree = stage_folder(tmp_path / "tree")
    assert grade(tree, suite, engine("bubblewrap"), seed=1, order=part).notes == ()
