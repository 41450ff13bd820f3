"""Compression: a model with fewer numbers that does nearly the same.

Three ways: pruning sets what matters least to 0, low-rank approximation writes a matrix as a thin product, and distillation
trains a small model to answer like a large one. A model is any object with a list `layers` whose members have parameters().
Pruning changes the tensors' data in place; nothing here makes a dense product faster.
Shapes: M, N rows and columns, F features, V classes, r rank. Sources: Han et al. 2015, section 3, for pruning by magnitude;
Li et al. 2017, section 3.1, for whole neurons; Eckart and Young 1936 for the rank; Hinton et al. 2015, section 2.
"""

import numpy as np

from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class Compressor:
    """Pruning of whole models; all methods are static, and AttributeError is raised for a model without `layers`."""

    @staticmethod
    def measure_sparsity(model):
        """Return the fraction, 0 to 1, of zeros among all numbers of all parameters of model.layers; 0.0 if none."""
        parameters = [p.data for layer in model.layers for p in layer.parameters()]
        numbers = sum(a.size for a in parameters)
        return 1.0 - sum(np.count_nonzero(a) for a in parameters) / numbers if numbers else 0.0

    @staticmethod
    def magnitude_prune(model, sparsity=0.5):
        """Set the smallest numbers of each parameter to 0, in place, and return the same model.

        Smallest in magnitude: those with |x| strictly below the 100 * sparsity percentile of |x|. The others keep their
        value, and the parameters stay the same objects. Sparsity 0 changes nothing.
        """
        for layer in model.layers:
            for parameter in layer.parameters():
                sizes = np.abs(parameter.data)
                parameter.data[sizes < np.percentile(sizes, 100 * sparsity)] = 0
        return model

    @staticmethod
    def structured_prune(model, prune_ratio=0.5):
        """Set whole columns (output neurons) of every Linear's weight to 0, in place, and return the same model.

        Columns whose L2 norm is strictly below the 100 * prune_ratio percentile of the norms go, in each Linear by itself;
        the others keep their values. Biases, and layers that are no Linear, stay as they are.
        """
        for layer in model.layers:
            if isinstance(layer, Linear):
                norms = np.linalg.norm(layer.weight.data, axis=0)  # (F_out,)
                layer.weight.data[:, norms < np.percentile(norms, 100 * prune_ratio)] = 0
        return model

    @staticmethod
    def compress_model(model, compression_config):
        """Prune as the config says; return (model, stats). An empty config changes nothing.

        Keys of the config: "magnitude_sparsity", then "structured_prune_ratio". Stats: "original_sparsity" and
        "final_sparsity" by measure_sparsity, and "compression_ratio" = 1 / (1 - final), infinite at 1.
        """
        original = Compressor.measure_sparsity(model)
        if "magnitude_sparsity" in compression_config:
            Compressor.magnitude_prune(model, compression_config["magnitude_sparsity"])
        if "structured_prune_ratio" in compression_config:
            Compressor.structured_prune(model, compression_config["structured_prune_ratio"])
        final = Compressor.measure_sparsity(model)
        ratio = 1 / (1 - final) if final < 1 else float("inf")
        return model, {"original_sparsity": original, "final_sparsity": final, "compression_ratio": ratio}


def measure_sparsity(model):
    """Do what Compressor.measure_sparsity does."""
    return Compressor.measure_sparsity(model)


def magnitude_prune(model, sparsity=0.5):
    """Do what Compressor.magnitude_prune does."""
    return Compressor.magnitude_prune(model, sparsity)


def structured_prune(model, prune_ratio=0.5):
    """Do what Compressor.structured_prune does."""
    return Compressor.structured_prune(model, prune_ratio)


def compress_model(model, compression_config):
    """Do what Compressor.compress_model does."""
    return Compressor.compress_model(model, compression_config)


def low_rank_approximate(weight_matrix, rank_ratio=0.5):
    """Return (U, S, V) such that U @ diag(S) @ V is the closest matrix of rank r = max(1, int(rank_ratio * min(M, N))).

    weight_matrix: a NumPy array (M, N). U (M, r) and V (r, N), already transposed, have orthonormal columns and rows; S (r,)
    descends. Use the thin decomposition: a full one of a tall matrix holds M x M numbers.
    """
    U, S, V = np.linalg.svd(weight_matrix, full_matrices=False)
    rank = max(1, int(rank_ratio * len(S)))
    return U[:, :rank], S[:rank], V[:rank]


class KnowledgeDistillation:
    """Train a student on the labels and, at the same time, on the teacher's softened answers.

    Stores its arguments under their names; the models themselves are never called here.
    """

    def __init__(self, teacher_model, student_model, temperature=3.0, alpha=0.7):
        self.teacher_model, self.student_model = teacher_model, student_model
        self.temperature, self.alpha = temperature, alpha

    def distillation_loss(self, student_logits, teacher_logits, true_labels):
        """Return alpha * soft + (1 - alpha) * hard, a plain number.

        Logits: Tensors (N, V). true_labels: class indices (N,) in an array, or one-hot rows (N, V) in an array or Tensor.
        soft: with s and t the softmax of student and teacher logits / temperature, the sum of s * log(s / t) over all
        entries: 0 where both agree. hard: the mean of -log(softmax(student_logits)[label]), without temperature.
        """
        s = _softmax(student_logits.data / self.temperature)  # (N, V)
        t = _softmax(teacher_logits.data / self.temperature)  # (N, V)
        # A probability can round to 0, whose logarithm is -inf and whose quotient is not a number.
        soft = np.sum(s * np.log(s / (t + 1e-8) + 1e-8))
        labels = true_labels.data if isinstance(true_labels, Tensor) else np.asarray(true_labels)
        classes = labels.argmax(axis=1) if labels.ndim == 2 else labels  # (N,)
        p = _softmax(student_logits.data)[np.arange(len(classes)), classes]  # (N,)
        hard = np.mean(-np.log(p + 1e-8))
        return float(self.alpha * soft + (1 - self.alpha) * hard)


def _softmax(logits):
    """Return the softmax of each row; shifted by the row's maximum first, because exp overflows at 89."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
