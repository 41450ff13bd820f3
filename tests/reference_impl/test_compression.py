"""The reference's compression: pruning by counts and by properties, low rank by its error, distillation by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf import compression
from tinytorch.perf.compression import (
    Compressor,
    KnowledgeDistillation,
    compress_model,
    low_rank_approximate,
    magnitude_prune,
    measure_sparsity,
    structured_prune,
)


@pytest.fixture
def rng():
    return np.random.default_rng(16)


def model_of(*layers):
    return SimpleNamespace(layers=list(layers))


def linear(W):
    layer = Linear(*W.shape, bias=False)
    layer.weight.data = np.array(W, dtype=np.float32)
    return layer


def test_constants():
    assert (compression.BYTES_PER_FLOAT32, compression.MB_TO_BYTES) == (4, 2**20)


def test_sparsity_counts_biases_too():
    assert measure_sparsity(model_of(Linear(4, 3), Linear(3, 2))) == pytest.approx(5 / 23)
    assert measure_sparsity(model_of()) == 0.0
    assert measure_sparsity(model_of(linear(np.zeros((2, 3))))) == 1.0
    with pytest.raises(AttributeError):
        measure_sparsity(Linear(2, 2))


@pytest.mark.parametrize("sparsity", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_magnitude_pruning_removes_the_smallest(sparsity, rng):
    W = (rng.permutation(np.arange(1, 61)) * rng.choice([-1, 1], 60)).reshape(6, 10).astype(np.float32)
    model = model_of(linear(W))
    tensor = model.layers[0].weight
    assert magnitude_prune(model, sparsity) is model
    gone = tensor.data == 0
    assert gone.sum() == int(np.ceil(sparsity * 59))
    assert np.array_equal(tensor.data, np.where(gone, 0, W))
    assert np.abs(W[gone]).max(initial=0) < np.abs(W[~gone]).min()
    assert model.layers[0].weight is tensor
    assert tensor.requires_grad


def test_equal_magnitudes_survive_together():
    model = model_of(linear(np.ones((3, 4))))
    assert measure_sparsity(Compressor.magnitude_prune(model)) == 0.0


@pytest.mark.parametrize("ratio", [0.0, 0.25, 0.5, 1.0])
def test_structured_pruning_removes_columns_of_small_norm(ratio, rng):
    W = rng.standard_normal((5, 8)) * rng.permutation(np.arange(1, 9))
    layer, other = linear(W), SimpleNamespace(weight=Tensor(W), parameters=list)
    assert structured_prune(model_of(other, layer), ratio).layers[1] is layer
    gone = (layer.weight.data == 0).all(axis=0)
    norms = np.linalg.norm(W, axis=0)
    assert gone.sum() == int(np.ceil(ratio * 7))
    assert norms[gone].max(initial=0) < norms[~gone].min()
    assert np.array_equal(layer.weight.data, np.where(gone, 0, W.astype(np.float32)))
    assert np.array_equal(other.weight.data, W.astype(np.float32))


def test_structured_pruning_leaves_biases_alone(rng):
    layer = Linear(4, 6)
    layer.bias.data = rng.standard_normal(6)
    before = layer.bias.data.copy()
    structured_prune(model_of(layer))
    assert np.array_equal(layer.bias.data, before)


def test_compressing_reports_what_was_done(rng):
    W = rng.standard_normal((10, 8))
    model, stats = compress_model(model_of(linear(W)), {"magnitude_sparsity": 0.5, "structured_prune_ratio": 0.5})
    final = measure_sparsity(model)
    assert stats == {"original_sparsity": 0.0, "final_sparsity": final, "compression_ratio": 1 / (1 - final)}
    assert final > 0.5
    untouched, stats = compress_model(model_of(linear(W)), {"unknown": 1})
    assert np.array_equal(untouched.layers[0].weight.data, W.astype(np.float32))
    assert stats["compression_ratio"] == 1.0
    assert compress_model(model_of(linear(np.zeros((2, 2)))), {})[1]["compression_ratio"] == float("inf")


@pytest.mark.parametrize(
    ("shape", "ratio", "rank"), [((9, 6), 0.5, 3), ((5, 11), 0.7, 3), ((4, 4), 0.1, 1), ((6, 4), 1.5, 4)]
)
def test_low_rank_leaves_out_the_smallest_singular_values(shape, ratio, rank, rng):
    A = rng.standard_normal(shape)
    U, S, V = low_rank_approximate(A, ratio)
    assert (U.shape, S.shape, V.shape) == ((shape[0], rank), (rank,), (rank, shape[1]))
    every = np.linalg.svd(A, compute_uv=False)
    assert ((A - (U * S) @ V) ** 2).sum() == pytest.approx((every[rank:] ** 2).sum(), abs=1e-9)
    assert pytest.approx(every[:rank]) == S
    assert pytest.approx(np.eye(rank), abs=1e-9) == U.T @ U
    assert pytest.approx(np.eye(rank), abs=1e-9) == V @ V.T


def test_low_rank_takes_matrices_only():
    with pytest.raises(ValueError, match="dimensional"):
        low_rank_approximate(np.ones(4))


@pytest.mark.parametrize(("alpha", "loss"), [(0.0, 1.75311), (1.0, 0.15823), (0.7, 0.63669)])
@pytest.mark.parametrize("labels", [np.array([0, 1]), np.eye(3)[[0, 1]], Tensor(np.eye(3)[[0, 1]]), [0, 1]])
def test_distillation_by_hand(alpha, loss, labels):
    distillation = KnowledgeDistillation("teacher", "student", temperature=3.0, alpha=alpha)
    student, teacher = Tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), Tensor([[3.0, 2.0, 1.0], [1.0, 0.0, 0.0]])
    assert distillation.distillation_loss(student, teacher, labels) == pytest.approx(loss, abs=1e-5)
    assert (distillation.teacher_model, distillation.student_model) == ("teacher", "student")


def test_distillation_of_large_logits_is_finite():
    logits = Tensor([[1000.0, -1000.0], [-1000.0, 1000.0]])
    swapped = Tensor(-logits.data)
    distillation = KnowledgeDistillation(None, None)
    assert distillation.distillation_loss(logits, logits, [0, 1]) == pytest.approx(0, abs=1e-6)
    assert np.isfinite(distillation.distillation_loss(logits, swapped, [1, 0]))
    assert (distillation.temperature, distillation.alpha) == (3.0, 0.7)
