"""Suites of other styles, as they stand: every test gets the verdict of plain pytest, or the suite is refused by name.

`differences.py` lists what is refused for good, and what does not agree yet; both tables are exact.
"""

from pathlib import Path

import pytest

from tests.foreign.corpus import KINDS, Corpus, Graded, copy_corpus, exercise_names, files_of_tests
from tests.foreign.differences import NOT_YET, PASSES_TOO_MUCH, REFUSED
from tests.grader.engines import engine

pytestmark = [pytest.mark.slow, pytest.mark.bubblewrap, pytest.mark.timeout(1200)]

NAMES = exercise_names()
FEWEST = 60


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return copy_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def graded(corpus: Corpus) -> dict[str, Graded]:
    return corpus.graded(engine("bubblewrap"))


def differences(corpus: Corpus, graded: Graded) -> list[str]:
    """Return a line for every test whose outcome is not plain pytest's, and for every refusal."""
    found = [f"{kind}: refused: {sentence}" for kind, sentence in graded.refusals.items()]
    for kind, outcomes in graded.outcomes.items():
        plain = corpus.plain_of(graded.name, kind)
        for test, outcome in outcomes.items():
            expected = plain.get(test, "failed" if len(plain) == 1 else "not run")  # alone: its file's own failure
            if outcome != expected:
                found.append(f"{kind}: {test} is {outcome}, not {expected}: {graded.messages[kind, test][:300]}")
        missing = {name for name in plain if "::" in name} - outcomes.keys()
        found += [f"{kind}: {test} was not run" for test in sorted(missing)]
    return found


def test_the_corpus_is_large_and_of_both_styles() -> None:
    assert len(NAMES) >= FEWEST
    assert sum(not is_of_unittest(name) for name in NAMES) >= len(NAMES) // 3


def is_of_unittest(name: str) -> bool:
    folder = Path(__file__).parent / "exercises" / name
    return any("unittest.TestCase" in (folder / file).read_text(encoding="utf-8") for file in files_of_tests(folder))


def test_the_tables_name_exercises_of_the_corpus() -> None:
    assert {*NOT_YET, *REFUSED} <= {*NAMES}
    assert not NOT_YET.keys() & REFUSED.keys()


def test_plain_pytest_passes_right_solutions_and_catches_the_others(corpus: Corpus) -> None:
    for name in NAMES:
        assert "failed" not in corpus.plain_of(name, "right").values(), name
        assert "failed" in corpus.plain_of(name, "wrong").values(), name
        assert "failed" in corpus.plain_of(name, "empty").values(), name


def test_every_verdict_is_that_of_plain_pytest(
    corpus: Corpus, graded: dict[str, Graded], subtests: pytest.Subtests
) -> None:
    for name in NAMES:  # in one test: every process of the tests that got one of them would grade the whole corpus
        found = differences(corpus, graded[name])
        with subtests.test(exercise=name):
            if name in REFUSED:
                assert graded[name].refusals.keys() == {*KINDS}, found
                assert all(REFUSED[name] in sentence for sentence in graded[name].refusals.values()), found
            elif name in NOT_YET:
                assert found, f"{name} agrees now; take it off the table of what does not yet"
            else:
                assert found == []


def test_nothing_passes_that_plain_pytest_fails(corpus: Corpus, graded: dict[str, Graded]) -> None:
    wrong = {
        (name, kind, test)
        for name, each in graded.items()
        for kind, outcomes in each.outcomes.items()
        for test, outcome in outcomes.items()
        if outcome == "passed" and corpus.plain_of(name, kind).get(test) != "passed"
    }
    assert wrong == PASSES_TOO_MUCH
