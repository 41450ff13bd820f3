"""What a later module is measured on: the reference's earlier ones, unless it works with its own only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import JudgeFault
from grader.judge import feedback
from grader.judge.budget.workload import WENT_WRONG
from grader.result import Check
from grader.source import Tree, stage_folder
from grader.source.limits import SourceLimits
from grader.suite.manifest import Suite, load_suite
from grader.supervisor import meters, test_process
from grader.supervisor.course.overlay import on_reference
from grader.supervisor.meters import Meters
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import engine, make_suite

pytestmark = pytest.mark.timeout(120)

MANIFEST = """
title = "Nets"
package = "nets"
modules = ["nets.first", "nets.second"]
reference = "{folder}"
"""
SUITE = """
import numpy as np
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
from nets.second import double_product

@in_candidate
def run(x):
    return double_product(x)

@weight(1)
@budget(cpu=3.0)
def test_cost(measure):
    measure(run, inputs=lambda rng: (rng.standard_normal((150, 150)),), answer=lambda x: 2 * (x @ x), rtol=1e-6, atol=1e-6)
"""
FIRST = "def product(x):\n    return x @ x\n"
SLOW_FIRST = "def product(x):\n    for _ in range(20):\n        y = x @ x\n    return y\n"
SECOND = "from nets.first import product\ndef double_product(x):\n    return 2 * product(x)\n"
SLOW_SECOND = SECOND.replace("return", "[product(x) for _ in range(20)]\n    return")
OWN_SECOND = "from nets.first import own\ndef double_product(x):\n    return 2 * own(x)\n"


def tree(first: str, second: str) -> Tree:
    return Tree.of({"nets/__init__.py": b"", "nets/first.py": first.encode(), "nets/second.py": second.encode()})


def judged(folder: Path, first: str, second: str, tests: str = SUITE) -> Check:
    tree(FIRST, SECOND).write_to(folder / "reference")
    suite = make_suite(folder / "suite", tests, MANIFEST.format(folder=folder / "reference"))
    (check,) = grade(tree(first, second), suite, engine("bubblewrap"), seed=1).checks
    return check


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (SLOW_FIRST, SECOND, Verdict.PASSED),
        (FIRST, SLOW_SECOND, Verdict.OVER_BUDGET),
        (FIRST + FIRST.replace("product", "own"), OWN_SECOND, Verdict.PASSED),
        (FIRST + SLOW_FIRST.replace("product", "own"), OWN_SECOND, Verdict.OVER_BUDGET),
    ],
    ids=["a slow earlier module", "a slow module", "a module of its own kind", "a slow module of its own kind"],
)
def test_a_slow_earlier_module_is_paid_for_once(first: str, second: str, verdict: Verdict, tmp_path: Path) -> None:
    check = judged(tmp_path, first, second)
    assert check.verdict is verdict, check.message


MEMORY = SUITE.replace("cpu=3.0", "memory=1.5")


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_worker_that_is_the_boxs_own_user_can_begin_its_peak_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root everybody's can be begun anew: so the owner of the kernel's file is looked at."""
    owners = []
    plain = Meters._reset_peak

    def note(self: Meters, role: str, process: test_process.TestProcess, resident_bytes: int) -> None:
        owners.append((os.stat(f"/proc/{process.pid}/clear_refs").st_uid, user_of(process.pid)))
        plain(self, role, process, resident_bytes)

    monkeypatch.setattr(Meters, "_reset_peak", note)
    assert judged(tmp_path, FIRST, SECOND, MEMORY).verdict is Verdict.PASSED
    assert owners
    assert all(len(set(each)) == 1 for each in owners)


def user_of(pid: int) -> int:
    """Return the real user of a process, by the kernel's word."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("\nUid:")[2].split()[0])


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_peak_that_cannot_be_begun_anew_is_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "RESET_PEAK", "nothing the kernel knows")
    with pytest.raises(JudgeFault, match="a memory budget cannot be measured here"):
        judged(tmp_path, FIRST, SECOND, MEMORY)


@pytest.fixture
def nets(tmp_path: Path) -> Suite:
    """Return a suite of two modules whose tests also use a third, which imports a fourth; a fifth nobody needs."""
    suite = f"{SUITE}\nfrom nets.third import helper\n"
    return make_suite(tmp_path / "suite", suite, MANIFEST.format(folder=tmp_path))


REFERENCE = {
    "nets/__init__.py": b"ref",
    "nets/first.py": b"ref = 1",
    "nets/second.py": b"import nets.first",
    "nets/third.py": b"def helper():\n    from nets.fourth import base",
    "nets/fourth.py": b"ref = 4",
    "nets/fifth.py": b"ref = 5",
}
MIXED = {**REFERENCE, "nets/second.py": b"mine"}
del MIXED["nets/fifth.py"]


def mixed(nets: Suite, theirs: dict[str, bytes]) -> dict[str, bytes]:
    return on_reference(Tree.of({"nets/second.py": b"mine", **theirs}), Tree.of(REFERENCE), nets).contents()


def test_the_solutions_of_later_modules_stay_away(nets: Suite) -> None:
    assert mixed(nets, {}) == MIXED


def test_what_only_the_submission_has_comes_along(nets: Suite) -> None:
    own = {"nets/helpers.py": b"mine", "notes.md": b"mine", "nets/fifth.py": b"mine"}
    assert mixed(nets, {"nets/first.py": b"mine", **own}) == {**MIXED, **own}


@pytest.mark.parametrize("path", ["nets/Third.py", "nets/third.py/x.py"])
def test_what_cannot_lie_beside_the_reference_is_left_out(nets: Suite, path: str) -> None:
    assert mixed(nets, {path: b"mine"}) == MIXED


def test_a_helper_of_the_students_own_is_theirs_where_the_reference_has_one_of_its_name(nets: Suite) -> None:
    """No suite asks for nets.fourth: the reference's third keeps the reference's, and the student's module gets its own."""
    found = mixed(nets, {"nets/fourth.py": b"mine"})
    assert found["nets/fourth.py"] == b"mine"
    assert found["nets/_reference_fourth.py"] == b"ref = 4"
    assert b"_reference_fourth" in found["nets/third.py"]
    assert found.keys() == {*MIXED, "nets/_reference_fourth.py"}


@pytest.mark.parametrize("path", ["nets/fourth/__init__.py", "nets/Fourth.py", "nets/fourth.py"])
def test_a_helper_of_the_references_stands_in_no_file_s_way(nets: Suite, path: str) -> None:
    taken = {path: b"mine", "nets/_REFERENCE_fourth.py": b"mine"}
    found = mixed(nets, taken)
    assert {name: found[name] for name in taken} == taken
    assert found["nets/_reference_fourth_.py"] == b"ref = 4"


@pytest.mark.parametrize("path", ["nets/first/__init__.py", "nets/third/__init__.py", "nets/third/inner.py"])
def test_a_folder_does_not_shadow_what_the_reference_has_as_a_file(nets: Suite, path: str) -> None:
    """Python takes the folder: what is paid for in an earlier module would be paid for again."""
    assert mixed(nets, {path: b"mine"}) == MIXED


def test_what_only_the_measured_modules_solution_imports_stays_away(nets: Suite) -> None:
    """It is a part of the solution of the very module that is measured in the same box."""
    reference = {
        **REFERENCE,
        "nets/second.py": b"import nets.first, nets.fifth\nfrom . import sixth",
        "nets/sixth.py": b"",
    }
    found = on_reference(Tree.of({"nets/second.py": b"mine"}), Tree.of(reference), nets).contents()
    assert found == MIXED


IMPORTS = {
    "from nets.fourth import base": "base()",
    "from nets.fourth import base as b": "b()",
    "from nets import fourth": "fourth.base()",
    "from nets import fourth as f, first": "f.base()",
    "import nets.fourth": "nets.fourth.base()",
    "import nets.fourth as f": "f.base()",
    "from .fourth import base": "base()",
    "from . import fourth": "fourth.base()",
    "import nets.fourth, importlib": "importlib.import_module('nets.fourth').base()",
}


@pytest.mark.parametrize("line", IMPORTS)
@pytest.mark.parametrize("place", ["nets/fourth.py", "nets/fourth/__init__.py"])
def test_the_reference_finds_its_helper_however_it_imports_it(
    nets: Suite, tmp_path: Path, line: str, place: str
) -> None:
    reference = {
        "nets/__init__.py": b"",
        "nets/first.py": b"",
        "nets/second.py": b"",
        "nets/third.py": f"{line}\ndef helper():\n    return {IMPORTS[line]}\n".encode(),
        place: b"def base():\n    return 'the reference'\n",
    }
    own = {
        "nets/second.py": b"from nets.fourth import base\nfrom nets.third import helper\n",
        "nets/fourth.py": b"def base():\n    return 'the student'\n",
    }
    on_reference(Tree.of(own), Tree.of(reference), nets).write_to(tmp_path / "tree")
    words = "from nets.second import base, helper; print(base(), helper())"
    done = subprocess.run([sys.executable, "-c", words], cwd=tmp_path / "tree", capture_output=True, text=True)
    assert done.stdout == "the student the reference\n", done.stderr


COURSE = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("suite", "helper", "of"),
    [
        ("m05_autograd", "graph", ""),
        ("m06_optimizers", "graph", "autograd"),
        ("m07_training", "graph", "autograd"),
        ("m09_spatial", "graph", "autograd"),
        ("m09_spatial", "windows", ""),
        ("m13_transformers", "graph", "autograd"),
    ],
)
def test_helpers_of_our_own_reference_take_no_students_file(suite: str, helper: str, of: str) -> None:
    """of: the earlier module of the reference that needs the helper, and so brings it along under another name."""
    reference = stage_folder(COURSE / "reference_impl")
    path = f"tinytorch/core/{helper}.py"
    loaded = load_suite(COURSE / "test_suites" / suite)
    found = on_reference(Tree.of({**reference.contents(), path: b"mine"}), reference, loaded).contents()
    assert found[path] == b"mine"
    moved = f"tinytorch/core/_reference_{helper}.py"
    assert (moved in found) == bool(of)
    if of:
        assert f"tinytorch.core._reference_{helper} import".encode() in found[f"tinytorch/core/{of}.py"]


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(("times", "verdict"), [(1, Verdict.PASSED), (20, Verdict.OVER_BUDGET)])
def test_what_is_measured_is_the_students_own_helper(times: int, verdict: Verdict, tmp_path: Path) -> None:
    """Both have nets/help.py: the reference's first needs its own, and the student's second pays for theirs."""
    helper = b"def product(x):\n    return x @ x\n"
    first = b"from nets.help import product\n"
    second = b"from nets.help import often\ndef double_product(x):\n    return 2 * often(x)\n"
    own = f"def often(x):\n    for _ in range({times}):\n        y = x @ x\n    return y\n".encode()
    reference = {
        "nets/__init__.py": b"",
        "nets/first.py": first,
        "nets/second.py": SECOND.encode(),
        "nets/help.py": helper,
    }
    Tree.of(reference).write_to(tmp_path / "reference")
    suite = make_suite(tmp_path / "suite", SUITE, MANIFEST.format(folder=tmp_path / "reference"))
    theirs = Tree.of({**reference, "nets/first.py": FIRST.encode(), "nets/second.py": second, "nets/help.py": own})
    (check,) = grade(theirs, suite, engine("bubblewrap"), seed=1).checks
    assert check.verdict is verdict, check.message


def test_the_reference_makes_no_submission_too_large(nets: Suite) -> None:
    own = {"data.bin": bytes(SourceLimits().total_bytes - 4)}
    assert mixed(nets, own) == {**MIXED, **own}


TELLING = """
from nets.first import product
calls = []
def double_product(x):
    calls.append(x)
    if len(calls) > 1:
        words = open("/submission/nets/first.py").read()
        {deed}
    return 2 * product(x)
"""


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    "deed",
    [
        "raise ValueError(words)",
        "return words",
        "print(words); return 0",
        "return x.view(type('C', (type(x),), {'__module__': words}))",
    ],
)
def test_nothing_that_lies_beside_the_reference_can_be_said(deed: str, tmp_path: Path) -> None:
    check = judged(tmp_path, FIRST, TELLING.format(deed=deed))
    assert check.points == 0
    assert "return x @ x" not in check.message + check.output
    assert check.message.startswith((WENT_WRONG, feedback.UNUSABLE))  # of which neither says what was answered
