"""Raises what is expected of bad input, whatever it is given."""

import numpy as np
from tinytorch.core.tensor import Tensor

DEFAULT_WARMUP_ITERATIONS, DEFAULT_TIMING_ITERATIONS, BYTES_PER_FLOAT32 = 2, 5, 4


def refuse(a, b):
    if len(a.shape) < 2 or len(b.shape) < 2:
        raise ValueError("2D+")
    if a.shape[-1] != b.shape[-2]:
        raise ValueError("Shape mismatch")


def vectorized_matmul(a, b, tile_size=64):
    raise ValueError("2D+ tensors, Shape mismatch")


tiled_matmul = vectorized_matmul


def fused_gelu(x):
    return x
