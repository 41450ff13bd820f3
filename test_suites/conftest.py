"""Fixtures of every suite: seeded inputs, partial credit, the leaderboard; `measure` is the judge's, or else home.py's.

Always true: a test's random inputs depend on the run's seed (ASSAY_SEED) and on the test's own name inside its suite,
never on the order, the place or the number of the tests that run.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

# The suites import asserts, arrays and marks by name, from wherever pytest was started.
sys.path[:0] = [folder for folder in [str(Path(__file__).parent)] if folder not in sys.path]


def pytest_configure(config: pytest.Config) -> None:
    """Give plain runs a `measure` fixture; under the judge its own plug-in has one."""
    if not config.pluginmanager.has_plugin("assay_judge"):
        import home

        config.pluginmanager.register(home, "assay_home")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Show a warning from a student's code instead of failing on it, however strict the surrounding project is."""
    item.add_marker(pytest.mark.filterwarnings("default"))


def name_in_suite(item: pytest.Item) -> str:
    """Return `test_file.py::test_name[case]`, relative to the folder of suite.toml, or of the test without one."""
    suites = (folder for folder in item.path.parents if (folder / "suite.toml").is_file())
    file = item.path.relative_to(next(suites, item.path.parent)).as_posix()
    return "::".join([file, *item.nodeid.split("::")[1:]])


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator of this test's own, repeatable from the run's seed."""
    source = f"{os.environ.get('ASSAY_SEED', '0')} {name_in_suite(request.node)}"
    return np.random.default_rng(int.from_bytes(hashlib.sha256(source.encode()).digest()[:16], "big"))


@pytest.fixture
def set_score(request: pytest.FixtureRequest) -> Callable[[float], None]:
    """Record a test's partial credit where gradescope-utils' @partial_credit does: `__score__` of the test function."""
    return _recorder(request, "__score__")


@pytest.fixture
def set_leaderboard_value(request: pytest.FixtureRequest) -> Callable[[float], None]:
    """Record a leaderboard value where gradescope-utils' @leaderboard does: `__leaderboard_value__`."""
    return _recorder(request, "__leaderboard_value__")


def _recorder(request: pytest.FixtureRequest, attribute: str) -> Callable[[float], None]:
    vars(request.function).pop(attribute, None)  # of an earlier case of the same parametrized test
    return lambda value: setattr(request.function, attribute, value)
