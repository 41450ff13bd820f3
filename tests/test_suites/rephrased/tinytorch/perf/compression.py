"""Compression, written another way: new arrays in place of writes, thresholds by partition, factors by eigenvectors."""

import math

import numpy as np
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32, MB_TO_BYTES = 4, 1 << 20


def measure_sparsity(model):
    zeros = count = 0
    for layer in model.layers:
        for p in layer.parameters():
            zeros += int((p.data == 0).sum())
            count += p.data.size
    return np.float64(zeros) / count if count else 0.0


def _smallest(sizes, share):
    """Mark what lies strictly below the percentile: the ceil(share (M - 1)) smallest of distinct sizes."""
    count = math.ceil(share * (sizes.size - 1) - 1e-9)
    if count <= 0:
        return np.zeros(sizes.shape, dtype=bool)
    limit = np.partition(sizes.ravel(), count)[count]
    return sizes < limit


def magnitude_prune(model, sparsity=0.5):
    for layer in model.layers:
        for p in layer.parameters():
            p.data = np.where(_smallest(abs(p.data), sparsity), np.float32(0), p.data)
    return model


def structured_prune(model, prune_ratio=0.5):
    for layer in [layer for layer in model.layers if isinstance(layer, Linear)]:
        squares = np.einsum("ij,ij->j", layer.weight.data, layer.weight.data, dtype=np.float64)
        layer.weight.data = layer.weight.data * ~_smallest(squares, prune_ratio)
    return model


def compress_model(model, compression_config):
    stats = {"original_sparsity": measure_sparsity(model)}
    for key, prune in (("magnitude_sparsity", magnitude_prune), ("structured_prune_ratio", structured_prune)):
        if key in compression_config:
            prune(model, compression_config[key])
    stats["final_sparsity"] = measure_sparsity(model)
    left = 1 - stats["final_sparsity"]
    stats["compression_ratio"] = np.inf if left == 0 else 1 / left
    return model, stats


class Compressor:
    measure_sparsity = staticmethod(measure_sparsity)
    magnitude_prune = staticmethod(magnitude_prune)
    structured_prune = staticmethod(structured_prune)
    compress_model = staticmethod(compress_model)


def low_rank_approximate(weight_matrix, rank_ratio=0.5):
    matrix = np.asarray(weight_matrix)
    if matrix.ndim != 2:
        raise ValueError("a matrix has two axes")
    rank = min(max(1, int(rank_ratio * min(matrix.shape))), min(matrix.shape))
    is_wide = matrix.shape[0] < matrix.shape[1]
    left, sizes, right = np.linalg.svd(matrix.T if is_wide else matrix, full_matrices=False)
    if is_wide:
        left, right = right.T, left.T
    keep = slice(None, rank)
    return -left[:, keep], sizes[keep], -right[keep, :]


def _log_probabilities(logits):
    wide = np.asarray(logits, dtype=np.float64)
    return wide - np.logaddexp.reduce(wide, axis=1)[:, None]


class KnowledgeDistillation:
    def __init__(self, teacher_model, student_model, temperature=3.0, alpha=0.7):
        vars(self).update(
            teacher_model=teacher_model, student_model=student_model, temperature=temperature, alpha=alpha
        )

    def distillation_loss(self, student_logits, teacher_logits, true_labels):
        s = _log_probabilities(student_logits.data / self.temperature)
        t = _log_probabilities(teacher_logits.data / self.temperature)
        soft = np.einsum("nv,nv->", np.exp(s), s - np.logaddexp(t, np.log(1e-8)))
        labels = true_labels.data if isinstance(true_labels, Tensor) else np.array(true_labels)
        if np.ndim(labels) == 1:
            labels = np.eye(student_logits.shape[1])[labels]
        chosen = (np.exp(_log_probabilities(student_logits.data)) * labels).sum(axis=1)
        hard = -np.log(chosen + 1e-8).mean()
        return self.alpha * soft + (1 - self.alpha) * hard
