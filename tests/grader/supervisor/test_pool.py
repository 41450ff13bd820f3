"""Warm boxes: `grader/supervisor/pool.py`."""

import pytest

from grader.source import Tree
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade
from tests.grader.engines import HONEST, engine, make_suite


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_judge_is_kept_from_run_to_run_until_it_ends(tmp_path):
    suite, tree = make_suite(tmp_path), Tree.of({"sums.py": HONEST.encode()})
    with Pool(engine("bubblewrap")) as pool:
        first = pool.judge(suite)
        for seed in range(2):
            result = grade(tree, suite, pool.engine, seed=seed, judge=pool.judge(suite), open_candidate=pool.candidate)
            assert result.score == result.max_score
            assert pool.judge(suite) is first
        first.close()
        assert pool.judge(suite) is not first
