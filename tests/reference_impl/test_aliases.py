"""The other paths from which the course's scripts import: the same objects, not copies."""

from importlib import import_module
from pathlib import Path

import pytest
import tinytorch
from tinytorch import nn
from tinytorch.core import embeddings, layers, spatial

from grader.suite.course_table import read_course_table

TABLE = read_course_table(Path(__file__).parents[2] / "test_suites")
ROWS = TABLE.offered.modules.values()
ALIASES = [(row.module, path, TABLE.topics[row.topic].names) for row in ROWS for path in row.also_at]


@pytest.mark.parametrize(("home", "path", "names"), ALIASES, ids=lambda value: value if isinstance(value, str) else "")
def test_another_path_of_the_table_offers_the_same_objects(home, path, names):
    other = import_module(path)
    offered = [name for name in names if hasattr(other, name)]
    assert offered
    assert all(getattr(other, name) is getattr(import_module(home), name) for name in offered)


def test_nn_offers_the_roots_objects():
    assert nn.Conv2d is tinytorch.Conv2d is spatial.Conv2d
    assert nn.Embedding is embeddings.Embedding
    assert nn.Linear is layers.Linear
    assert {"Conv2d", "Embedding"} <= set(dir(nn))
    with pytest.raises(AttributeError, match=r"'tinytorch.nn' has no attribute 'Conv2D'"):
        _ = nn.Conv2D
