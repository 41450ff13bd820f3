"""The suites' fixtures, seen from small suites run by pytest: seeds, partial credit, `measure`, students' warnings."""

import json
import sys
from pathlib import Path

import numpy.random  # noqa: F401 (pytester forgets what a run imports, and NumPy loads only once per process)
import pytest

pytest_plugins = ["pytester"]

SUITES = Path(__file__).parents[2] / "test_suites"
PLAIN = ("-p", "no:cacheprovider", "-p", "no:django")  # Django cannot be set up twice in one process
SUPPORT = ("asserts.py", "failure.py", "arrays.py", "marks.py", "home.py", "conftest.py")


@pytest.fixture
def suites(pytester, monkeypatch):
    """A course of its own, with the support modules and no suite yet."""
    for name in SUPPORT:
        (pytester.path / name).write_text((SUITES / name).read_text())
        monkeypatch.delitem(sys.modules, Path(name).stem, raising=False)
    monkeypatch.delenv("ASSAY_SEED", raising=False)
    return pytester


def write_suite(pytester, name, source):
    folder = pytester.mkdir(name)
    (folder / "suite.toml").write_text('title = "Small"\n')
    (folder / "test_small.py").write_text(source)
    return folder


DRAW = """
import json, pytest
@pytest.mark.parametrize("case", ["a", "b"])
def test_draw(case, rng):
    with open("{record}", "a") as file:
        print(json.dumps([case, rng.random()]), file=file)
def test_other(rng):
    with open("{record}", "a") as file:
        print(json.dumps(["other", rng.random()]), file=file)
"""


def draws(pytester, folder, *arguments):
    record = pytester.path / "draws"
    record.unlink(missing_ok=True)
    folder.joinpath("test_small.py").write_text(DRAW.format(record=record))
    assert pytester.runpytest_inprocess(*arguments, *PLAIN).ret == 0
    return dict(json.loads(line) for line in record.read_text().splitlines())


@pytest.mark.slow
def test_a_seed_belongs_to_the_test_and_the_run(suites, monkeypatch):
    folder = write_suite(suites, "m01_small", "")
    first = draws(suites, folder, "m01_small")
    assert len(set(first.values())) == 3
    assert draws(suites, folder, "m01_small", "-k", "other") == {"other": first["other"]}
    assert draws(suites, folder, "--rootdir", str(suites.path.parent), str(folder)) == first
    monkeypatch.setenv("ASSAY_SEED", "0")
    assert draws(suites, folder, "m01_small") == first
    monkeypatch.setenv("ASSAY_SEED", "1")
    assert not set(draws(suites, folder, "m01_small").values()) & set(first.values())


def test_a_suite_may_stand_anywhere(suites):
    first = draws(suites, write_suite(suites, "m01_small", ""), "m01_small")
    second = draws(suites, write_suite(suites, "elsewhere", ""), "elsewhere")
    assert first == second


def test_partial_credit_and_leaderboard_work_on_plain_functions(suites):
    write_suite(
        suites,
        "m01_small",
        """
import pytest
from gradescope_utils.autograder_utils.decorators import leaderboard, partial_credit, weight

@partial_credit(10)
def test_decorated(rng, set_score):
    set_score(4.0)

@partial_credit(10)
def test_decorated_with_a_default(set_score=None):
    set_score(5.0)

@weight(3)
@pytest.mark.parametrize("case", [1, 2])
def test_marked(case, set_score):
    if case == 1:
        set_score(2.0)

@leaderboard("speed")
def test_leader(set_leaderboard_value):
    set_leaderboard_value(7)

def test_what_was_recorded():
    assert test_decorated.__score__ == 4.0
    assert test_decorated_with_a_default.__score__ == 5.0
    assert not hasattr(test_marked, "__score__")
    assert test_leader.__leaderboard_value__ == 7
""",
    )
    suites.runpytest_inprocess("m01_small", *PLAIN).assert_outcomes(passed=6)


MEASURED = """
import numpy as np, pytest
from marks import budget, in_candidate, scales

@in_candidate
def build(a):
    return [a]
@in_candidate
def double(state):
    return state[0] * {factor}
@in_candidate
def add(a, b):
    return a + b

@budget(cpu=2.0)
def test_pair(measure):
    measure(double, setup=build, inputs=lambda rng: (rng.random(3),), answer=lambda a: a * 2)
@budget(cpu=2.0)
def test_plain(measure):
    measure(add, inputs=lambda rng: (rng.random(3), 1.0), answer=lambda a, b: a + 1, yardstick=add)
@scales("n", at_most=1.2)
def test_scaling(measure):
    seen = []
    measure.scaling(
        add, sizes=(30, 10, 20), inputs=lambda rng, n: (seen.append(n) or rng.random(n), 0.0), answer=lambda a, b: a
    )
    assert seen == [10]
def test_without_a_mark(measure):
    with pytest.raises(TypeError, match="budget"):
        measure(add, inputs=lambda rng: (1.0, 2.0), answer=add)
    with pytest.raises(TypeError, match="scales"):
        measure.scaling(add, sizes=(1, 2), inputs=lambda rng, n: (1.0, 2.0), answer=add)
@budget(cpu=2.0)
@scales("n", at_most=1.0)
def test_misuse(measure):
    with pytest.raises(TypeError, match="not both"):
        measure(add, inputs=lambda rng: (1.0, 2.0), answer=add, yardstick=add, against=add)
    with pytest.raises(ValueError, match="different sizes"):
        measure.scaling(add, sizes=(1, 1), inputs=lambda rng, n: (1.0, 2.0), answer=add)
"""


@pytest.mark.medium
def test_measure_checks_the_answer_at_home(suites):
    folder = write_suite(suites, "m01_small", MEASURED.format(factor=2))
    suites.runpytest_inprocess("m01_small", *PLAIN).assert_outcomes(passed=5)
    folder.joinpath("test_small.py").write_text(MEASURED.format(factor=3))
    result = suites.runpytest_inprocess("m01_small", *PLAIN)
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*the measured double*"])


def test_the_judges_measure_takes_the_place_of_the_one_at_home(suites):
    write_suite(suites, "m01_small", "def test_whose(measure):\n    assert measure == 'the judge measures'\n")

    class Judge:
        @pytest.fixture
        def measure(self):
            return "the judge measures"

    class Registrar:
        @pytest.hookimpl(tryfirst=True)
        def pytest_load_initial_conftests(self, early_config):
            early_config.pluginmanager.register(Judge(), "assay_judge")

    result = suites.runpytest_inprocess("m01_small", *PLAIN, plugins=[Registrar()])
    result.assert_outcomes(passed=1)


def test_a_students_warning_is_shown_and_fails_nothing(suites):
    write_suite(
        suites, "m01_small", "import warnings\ndef test_warns():\n    warnings.warn('overflow', RuntimeWarning)\n"
    )
    result = suites.runpytest_inprocess("m01_small", *PLAIN, "-W", "error")
    result.assert_outcomes(passed=1, warnings=1)
