"""Computes nothing: a cache with the right sizes, flags, errors and empty buffers, which keeps no token."""

import numpy as np

from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32, MB_TO_BYTES = 4, 1024 * 1024


class KVCache:
    def __init__(self, batch_size, max_seq_len, num_layers, num_heads, head_dim):
        self.batch_size, self.max_seq_len, self.num_layers = batch_size, max_seq_len, num_layers
        self.num_heads, self.head_dim = num_heads, head_dim
        self.seq_pos = 0
        shape = (batch_size, num_heads, max_seq_len, head_dim)
        self.caches = [(Tensor(np.zeros(shape)), Tensor(np.zeros(shape))) for _ in range(num_layers)]

    def update(self, layer_idx, key, value):
        if layer_idx >= self.num_layers:
            raise ValueError("Layer index")
        if self.seq_pos >= self.max_seq_len:
            raise ValueError("Sequence position")

    def get(self, layer_idx):
        if layer_idx >= self.num_layers:
            raise ValueError("Layer index")
        shape = (self.batch_size, self.num_heads, self.seq_pos, self.head_dim)
        return Tensor(np.zeros(shape)), Tensor(np.zeros(shape))

    def advance(self):
        self.seq_pos += 1

    def reset(self):
        self.seq_pos = 0

    def get_memory_usage(self):
        return {"total_elements": 16384, "total_mb": 0.0625, "per_layer_mb": 0.03125, "cache_tensors": 4}


def create_kv_cache(*sizes):
    return KVCache(*sizes)


def enable_kv_cache(model):
    sizes = model.embed_dim, model.num_layers, model.num_heads, model.max_seq_len
    if sizes[0] % sizes[2]:
        raise ValueError("heads")
    for block in model.blocks:
        block._original_attention_forward = block.attention.forward
        block.attention.forward = block._original_attention_forward
    model._kv_cache, model._cache_enabled = KVCache(1, sizes[3], sizes[1], sizes[2], sizes[0] // sizes[2]), True
    return model._kv_cache


def disable_kv_cache(model):
    model._cache_enabled = False
    if hasattr(model, "_kv_cache"):
        del model._kv_cache
