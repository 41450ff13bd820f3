"""Memoization as the course's notebook writes it: closures in the place of forward, a list of pairs of Tensors."""

import numpy as np
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class KVCache:
    def __init__(self, batch_size, max_seq_len, num_layers, num_heads, head_dim):
        self.batch_size = batch_size
        self.max_seq_len = max_seq_len
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.head_dim = head_dim
        self.seq_pos = 0
        self.caches = []
        for _ in range(num_layers):
            key_cache = Tensor(np.zeros((batch_size, num_heads, max_seq_len, head_dim)))
            value_cache = Tensor(np.zeros((batch_size, num_heads, max_seq_len, head_dim)))
            self.caches.append((key_cache, value_cache))

    def update(self, layer_idx, key, value):
        if layer_idx >= self.num_layers:
            raise ValueError(f"Layer index {layer_idx} >= num_layers {self.num_layers}")
        if self.seq_pos >= self.max_seq_len:
            raise ValueError(f"Sequence position {self.seq_pos} >= max_seq_len {self.max_seq_len}")
        key_cache, value_cache = self.caches[layer_idx]
        key_cache.data[:, :, self.seq_pos : self.seq_pos + 1, :] = key.data
        value_cache.data[:, :, self.seq_pos : self.seq_pos + 1, :] = value.data

    def get(self, layer_idx):
        if layer_idx >= self.num_layers:
            raise ValueError(f"Layer index {layer_idx} >= num_layers {self.num_layers}")
        key_cache, value_cache = self.caches[layer_idx]
        valid = self.seq_pos
        return Tensor(key_cache.data[:, :, :valid, :].copy()), Tensor(value_cache.data[:, :, :valid, :].copy())

    def advance(self):
        self.seq_pos = self.seq_pos + 1

    def reset(self):
        self.seq_pos = 0
        for key_cache, value_cache in self.caches:
            key_cache.data.fill(0.0)
            value_cache.data.fill(0.0)

    def get_memory_usage(self):
        per_cache = self.batch_size * self.num_heads * self.max_seq_len * self.head_dim
        total = per_cache * self.num_layers * 2
        mb = total * BYTES_PER_FLOAT32 / MB_TO_BYTES
        return {
            "total_elements": total,
            "total_mb": mb,
            "per_layer_mb": mb / self.num_layers,
            "cache_tensors": self.num_layers * 2,
        }


def create_kv_cache(batch_size, max_seq_len, num_layers, num_heads, head_dim):
    cache = KVCache(batch_size, max_seq_len, num_layers, num_heads, head_dim)
    print("KV cache:", cache.get_memory_usage())
    return cache


def enable_kv_cache(model):
    for attr in ["embed_dim", "num_layers", "num_heads", "max_seq_len", "blocks"]:
        if not hasattr(model, attr):
            raise AttributeError(f"the model has no attribute {attr}")
    if model.embed_dim % model.num_heads != 0:
        raise ValueError(f"embed_dim {model.embed_dim} must be divisible by num_heads {model.num_heads}")
    head_dim = model.embed_dim // model.num_heads
    cache = KVCache(1, model.max_seq_len, model.num_layers, model.num_heads, head_dim)
    model._kv_cache = cache
    model._cache_enabled = True
    for layer_idx, block in enumerate(model.blocks):
        if not hasattr(block, "_original_attention_forward"):
            block._original_attention_forward = block.attention.forward

        def make(block, idx):
            def cached_forward(x, mask=None):
                if x.shape[1] > 1 or cache.seq_pos == 0:
                    return block._original_attention_forward(x, mask)
                return _attend(block.attention, x, cache, idx)

            return cached_forward

        block.attention.forward = make(block, layer_idx)
    print("KV cache enabled")
    return cache


def _attend(attention, x, cache, layer_idx):
    batch, seq, embed = x.shape

    def heads(t):
        return np.transpose(t.data.reshape(batch, seq, cache.num_heads, cache.head_dim), (0, 2, 1, 3))

    q = heads(attention.q_proj.forward(x))
    k = heads(attention.k_proj.forward(x))
    v = heads(attention.v_proj.forward(x))
    cache.update(layer_idx, Tensor(k), Tensor(v))
    keys, values = cache.get(layer_idx)
    scores = np.matmul(q, np.transpose(keys.data, (0, 1, 3, 2))) / np.sqrt(cache.head_dim)
    exp = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = exp / np.sum(exp, axis=-1, keepdims=True)
    out = np.transpose(np.matmul(weights, values.data), (0, 2, 1, 3)).reshape(batch, seq, embed)
    return attention.out_proj.forward(Tensor(out))


def disable_kv_cache(model):
    if not hasattr(model, "_cache_enabled") or not model._cache_enabled:
        print("KV cache is not enabled")
        return
    for block in model.blocks:
        if hasattr(block, "_original_attention_forward"):
            block.attention.forward = block._original_attention_forward
    model._cache_enabled = False
    if hasattr(model, "_kv_cache"):
        delattr(model, "_kv_cache")
