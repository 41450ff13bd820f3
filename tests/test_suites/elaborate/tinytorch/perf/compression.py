"""Compression: pairs with names, a percentile from a sort of one's own, weights changed in their place."""

import math
from typing import NamedTuple

import numpy as np
from tinytorch.core.layers import Linear

BYTES_PER_FLOAT32, MB_TO_BYTES = 4, 1024**2


class Factors(NamedTuple):
    U: np.ndarray
    S: np.ndarray
    V: np.ndarray


class Compressed(NamedTuple):
    model: object
    stats: dict


def _tensors(model):
    for layer in model.layers:
        yield from layer.parameters()


def _cut(values, share):
    """The linear percentile, from a sort of one's own."""
    ordered = np.sort(values, axis=None).astype(np.float64)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


class Compressor:
    @staticmethod
    def measure_sparsity(model):
        zeros = total = 0
        for t in _tensors(model):
            zeros += t.data.size - np.count_nonzero(t.data)
            total += t.data.size
        return np.float64(zeros) / total if total else 0.0

    @staticmethod
    def magnitude_prune(model, sparsity=0.5):
        for t in _tensors(model):
            size = np.abs(t.data)
            t.data *= size >= _cut(size, sparsity)
        return model

    @staticmethod
    def structured_prune(model, prune_ratio=0.5):
        for layer in filter(lambda each: isinstance(each, Linear) and each.weight.data.ndim == 2, model.layers):
            lengths = np.sqrt(np.einsum("ij,ij->j", layer.weight.data, layer.weight.data, dtype=np.float64))
            layer.weight.data[:, lengths < _cut(lengths, prune_ratio)] = 0
        return model

    @staticmethod
    def compress_model(model, compression_config):
        before = Compressor.measure_sparsity(model)
        steps = {
            "magnitude_sparsity": Compressor.magnitude_prune,
            "structured_prune_ratio": Compressor.structured_prune,
        }
        for key, step in steps.items():
            if key in compression_config:
                step(model, compression_config[key])
        after = Compressor.measure_sparsity(model)
        ratio = math.inf if after >= 1 else 1 / (1 - after)
        return Compressed(model, {"original_sparsity": before, "final_sparsity": after, "compression_ratio": ratio})


measure_sparsity = Compressor.measure_sparsity
magnitude_prune = Compressor.magnitude_prune
structured_prune = Compressor.structured_prune
compress_model = Compressor.compress_model


def low_rank_approximate(weight_matrix, rank_ratio=0.5):
    if np.ndim(weight_matrix) != 2:
        raise ValueError("a matrix, please")
    rank = max(1, int(rank_ratio * min(weight_matrix.shape)))
    u, s, vt = np.linalg.svd(weight_matrix, full_matrices=False)
    return Factors(u[:, :rank], s[:rank], vt[:rank])


def _log_softmax(z):
    z = np.asarray(z, np.float64)
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


class KnowledgeDistillation:
    def __init__(self, teacher_model, student_model, temperature=3.0, alpha=0.7):
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})

    def distillation_loss(self, student_logits, teacher_logits, true_labels):
        s = _log_softmax(student_logits.data / self.temperature)
        t = _log_softmax(teacher_logits.data / self.temperature)
        soft = (np.exp(t) * (t - s)).sum(-1).mean()  # teacher to student, per sample
        labels = (
            np.asarray(getattr(true_labels, "data", true_labels))
            if not isinstance(true_labels, np.ndarray)
            else true_labels
        )
        if labels.ndim > 1:
            labels = labels.argmax(-1)
        rows = _log_softmax(student_logits.data)
        hard = -np.take_along_axis(rows, labels.astype(int)[:, None], -1).mean()
        return self.alpha * soft + (1 - self.alpha) * hard
