"""The other paths from which the course's scripts import: the same objects, not copies."""

from importlib import import_module

import pytest
import tinytorch
from tinytorch import nn
from tinytorch.core import embeddings, layers, spatial


@pytest.mark.parametrize(
    "name", ["dataloader data.loader", "tokenization text.tokenization", "embeddings text.embeddings"]
)
def test_a_former_home_offers_the_same_objects(name):
    home, former = (import_module(f"tinytorch.{path}") for path in (f"core.{name.split()[0]}", name.split()[1]))
    assert former.__all__
    assert all(getattr(former, each) is getattr(home, each) for each in former.__all__)


def test_nn_offers_the_roots_objects():
    assert nn.Conv2d is tinytorch.Conv2d is spatial.Conv2d
    assert nn.Embedding is embeddings.Embedding
    assert nn.Linear is layers.Linear
    assert {"Conv2d", "Embedding"} <= set(dir(nn))
    with pytest.raises(AttributeError, match=r"'tinytorch.nn' has no attribute 'Conv2D'"):
        _ = nn.Conv2D
