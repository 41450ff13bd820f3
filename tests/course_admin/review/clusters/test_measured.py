"""Known mistakes come out as groups: what real runs of renamed mutants of two modules failed, and classes of 600 made of it.

The runs were recorded by `python -m tests.load.cluster_mutants m01_tensor m02_activations --keep FOLDER`.
"""

import json
from pathlib import Path

import pytest

from tests.course_admin.review.clusters.larger_class import Recorded, larger_class, profiles_of
from tests.course_admin.review.clusters.measure import adjusted_rand, partition

CLASS, ENOUGH = 600, 0.95


@pytest.fixture(scope="module", params=["m01_tensor", "m02_activations"])
def recorded(request) -> list[Recorded]:
    rows = json.loads((Path(__file__).parent / f"recorded_{request.param}.json").read_text(encoding="utf-8"))
    return [Recorded(kind, [tuple(line) for line in lost]) for kind, lost in rows]


def index(some: list[Recorded]) -> float:
    return adjusted_rand([each.kind for each in some], partition(*profiles_of(some)))


def test_real_runs_of_twelve_mistakes_are_twelve_groups(recorded):
    assert len({each.kind for each in recorded}) == 12
    assert index(recorded) == 1.0


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(1, 6))
def test_600_submissions_with_noise_fall_into_their_mistakes(recorded, seed, capsys):
    found = index(larger_class(recorded, CLASS, seed))
    with capsys.disabled():
        print(f"\nfailures that look alike: {CLASS} submissions, adjusted Rand index {found:.4f}")  # noqa: T201
    assert found >= ENOUGH
