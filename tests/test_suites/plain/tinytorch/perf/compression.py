"""Compression as a beginner writes it: thresholds from sorted numbers, new arrays bound to data, columns by loop."""

import numpy as np
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


def measure_sparsity(model):
    zeros = 0
    total = 0
    for layer in model.layers:
        for param in layer.parameters():
            zeros += np.sum(param.data == 0)
            total += param.data.size
    if total == 0:
        return 0.0
    return zeros / total


def magnitude_prune(model, sparsity=0.5):
    for layer in model.layers:
        for param in layer.parameters():
            magnitudes = np.abs(param.data).flatten()
            threshold = np.quantile(magnitudes, sparsity)
            mask = np.abs(param.data) >= threshold
            param.data = param.data * mask.astype(np.float32)
    return model


def structured_prune(model, prune_ratio=0.5):
    for layer in model.layers:
        if isinstance(layer, Linear):
            weight = layer.weight.data
            norms = []
            for j in range(weight.shape[1]):
                norms.append(np.linalg.norm(weight[:, j]))
            threshold = np.percentile(norms, prune_ratio * 100)
            for j in range(weight.shape[1]):
                if norms[j] < threshold:
                    weight[:, j] = 0.0
    return model


def compress_model(model, compression_config):
    before = measure_sparsity(model)
    if "magnitude_sparsity" in compression_config:
        model = magnitude_prune(model, compression_config["magnitude_sparsity"])
    if "structured_prune_ratio" in compression_config:
        model = structured_prune(model, compression_config["structured_prune_ratio"])
    after = measure_sparsity(model)
    stats = {"original_sparsity": before, "final_sparsity": after}
    stats["compression_ratio"] = float("inf") if after >= 1.0 else 1.0 / (1.0 - after)
    return model, stats


class Compressor:
    measure_sparsity = staticmethod(measure_sparsity)
    magnitude_prune = staticmethod(magnitude_prune)
    structured_prune = staticmethod(structured_prune)
    compress_model = staticmethod(compress_model)


def low_rank_approximate(weight_matrix, rank_ratio=0.5):
    m, n = weight_matrix.shape
    rank = max(1, int(rank_ratio * min(m, n)))
    U, S, Vt = np.linalg.svd(weight_matrix, full_matrices=False)
    return U[:, :rank].copy(), S[:rank].copy(), Vt[:rank, :].copy()


class KnowledgeDistillation:
    def __init__(self, teacher_model, student_model, temperature=3.0, alpha=0.7):
        self.teacher_model = teacher_model
        self.student_model = student_model
        self.temperature = temperature
        self.alpha = alpha

    def distillation_loss(self, student_logits, teacher_logits, true_labels):
        labels = true_labels.data if isinstance(true_labels, Tensor) else np.asarray(true_labels)
        if labels.ndim == 2:
            labels = np.argmax(labels, axis=1)
        labels = labels.astype(int)
        soft_student = self._softmax(student_logits.data / self.temperature)
        soft_teacher = self._softmax(teacher_logits.data / self.temperature)
        soft_loss = 0.0
        for i in range(soft_student.shape[0]):
            for j in range(soft_student.shape[1]):
                s, t = soft_student[i, j], soft_teacher[i, j]
                soft_loss += s * np.log(s / (t + 1e-8) + 1e-8)
        probs = self._softmax(student_logits.data)
        hard_loss = -np.mean(np.log(probs[np.arange(len(labels)), labels] + 1e-8))
        return self.alpha * soft_loss + (1 - self.alpha) * hard_loss

    def _softmax(self, x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)
