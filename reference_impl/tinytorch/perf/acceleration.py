"""Acceleration: the same numbers sooner, by leaving the loops to the library and by touching memory less often.

Three helpers for inference: each returns a new float32 Tensor (requires_grad=False), and leaves its inputs as they are.
A product of matrices goes to the tuned library in one call, or block by block so that what is in use fits a cache; GELU
is one expression over plain arrays instead of a Tensor for each step. Shapes: (M, K) @ (K, N), B batch.
Sources: Lam, Rothberg and Wolf 1991 for blocking; Hendrycks and Gimpel 2016, section 2, for the tanh form of GELU.
"""

import math

import numpy as np

from tinytorch.core.tensor import Tensor

DEFAULT_WARMUP_ITERATIONS = 2
DEFAULT_TIMING_ITERATIONS = 5
BYTES_PER_FLOAT32 = 4

# Of Python's math, not of NumPy: a float64 scalar of NumPy would lift every array below to float64, twice the memory.
GELU_SCALE = math.sqrt(2 / math.pi)
GELU_CUBE = 0.044715


def vectorized_matmul(a, b):
    """Multiply matrices in one call of the library: (..., M, K) @ (..., K, N) -> (..., M, N).

    Leading axes are batch axes and broadcast: (3, 4) @ (2, 4, 5) -> (2, 3, 5). The result is a new float32 Tensor that
    wants no gradient, whatever a and b want, and a and b stay as they are.
    Raises ValueError, in this order: with "2D+" in its text if a or b has fewer than two axes; with "Shape mismatch" in
    its text if the last axis of a and the last but one of b differ.
    """
    _require_matrices(a, b)
    return Tensor(a.data @ b.data)  # (..., M, N)


def fused_gelu(x):
    """Return 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3))), element by element, as one expression.

    x: any shape, also a single number and an empty array. The result is a new float32 Tensor of that shape that wants
    no gradient; x stays as it is. 0 gives exactly 0; large numbers come back as they are, very negative ones as 0, and
    the result is finite for numbers up to 1e4 in size. NaN stays NaN, +inf stays +inf; -inf is left open.
    This is the tanh form; the GELU of module 02 is x * sigmoid(1.702 x), which lies up to 0.02 away.
    """
    values = x.data
    # A product of three: NumPy takes a float32 array to a power through pow, which costs twenty times as much.
    inner = GELU_SCALE * (values + GELU_CUBE * values * values * values)
    return Tensor(0.5 * values * (1.0 + np.tanh(inner)))


def tiled_matmul(a, b, tile_size=64):
    """Multiply matrices block by block: vectorized_matmul's result, within rounding, for every shape and for batches.

    tile_size: rows and columns of a block, 64 if it is not given; the last blocks are smaller where it does not divide
    the shape, and one block is enough where it is larger. Three blocks of 64 by 64 float32 are 48 KiB.
    Raises ValueError as vectorized_matmul does, with "2D+" or "Shape mismatch" in its text, and for tile_size below 1.
    """
    _require_matrices(a, b)
    if tile_size < 1:
        raise ValueError(f"tile_size must be 1 or more, got {tile_size}")
    (M, K), N = a.shape[-2:], b.shape[-1]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    out = np.zeros((*batch, M, N), dtype=np.float32)
    for i in range(0, M, tile_size):
        for j in range(0, N, tile_size):
            for k in range(0, K, tile_size):  # a block of the result is a sum of products of blocks
                rows, inner, columns = slice(i, i + tile_size), slice(k, k + tile_size), slice(j, j + tile_size)
                out[..., rows, columns] += a.data[..., rows, inner] @ b.data[..., inner, columns]
    return Tensor(out)


def _require_matrices(a, b):
    """Raise ValueError unless a and b are matrices, or batches of them, that can be multiplied."""
    if len(a.shape) < 2 or len(b.shape) < 2:
        raise ValueError(f"Matrix multiplication needs 2D+ tensors, got shapes {a.shape} and {b.shape}")
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"Shape mismatch: {a.shape} @ {b.shape}, inner lengths {a.shape[-1]} ≠ {b.shape[-2]}")
