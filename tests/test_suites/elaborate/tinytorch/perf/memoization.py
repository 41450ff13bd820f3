"""A cache in one array, whose position is computed, with errors of its own; a callable object in the place of forward."""

import contextlib

import numpy as np
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class CacheError(ValueError):
    """Out of room, or of layers."""


class KVCache:
    def __init__(self, batch_size, max_seq_len, num_layers, num_heads, head_dim):
        self.batch_size, self.max_seq_len, self.num_layers = batch_size, max_seq_len, num_layers
        self.num_heads, self.head_dim = num_heads, head_dim
        self._store = np.zeros((num_layers, 2, batch_size, num_heads, max_seq_len, head_dim), np.float32)
        self._filled = 0
        self.caches = []
        for layer in self._store:
            pair = []
            for half in layer:
                tensor = Tensor(0.0)
                tensor.data = half
                for name, value in (("shape", half.shape), ("size", half.size), ("dtype", half.dtype)):
                    with contextlib.suppress(AttributeError):
                        setattr(tensor, name, value)
                pair.append(tensor)
            self.caches.append(tuple(pair))

    @property
    def seq_pos(self):
        return self._filled

    def _layer(self, layer_idx):
        if not 0 <= layer_idx < self.num_layers:
            raise CacheError(f"Layer index {layer_idx} is none of {self.num_layers}")
        return self._store[layer_idx]

    def update(self, layer_idx, key, value):
        layer = self._layer(layer_idx)
        if self._filled >= self.max_seq_len:
            raise CacheError("Sequence position: no room left")
        layer[0][:, :, self._filled] = key.data[:, :, 0]
        layer[1][:, :, self._filled] = value.data[:, :, 0]

    def get(self, layer_idx):
        return tuple(Tensor(half[:, :, : self._filled]) for half in self._layer(layer_idx))

    def advance(self):
        self._filled += 1

    def reset(self):
        self._store[...] = self._filled = 0

    def get_memory_usage(self):
        n = self._store.size
        return {
            "total_elements": n,
            "total_mb": n * 4 / MB_TO_BYTES,
            "per_layer_mb": n * 4 / MB_TO_BYTES / self.num_layers,
            "cache_tensors": 2 * self.num_layers,
        }


def create_kv_cache(batch_size, max_seq_len, num_layers, num_heads, head_dim):
    return KVCache(batch_size, max_seq_len, num_layers, num_heads, head_dim)


class _Forward:
    """What stands in the place of an attention's forward."""

    def __init__(self, model, cache, index, attention, original):
        self.model, self.cache, self.index, self.attention, self.original = model, cache, index, attention, original

    def __call__(self, x, mask=None):
        if x.shape[1] != 1 or (self.cache.seq_pos == 0 and not hasattr(self.attention, "q_proj")):
            return self.original(x, mask)
        a, c = self.attention, self.cache
        rows = x.shape[0]
        q, k, v = (self._split(part.forward(x), c) for part in (a.q_proj, a.k_proj, a.v_proj))
        if rows != c.batch_size:
            return self.original(x, mask)
        c.update(self.index, k, v)
        now = c.seq_pos + 1
        keys, values = (half[:, :, :now] for half in c._store[self.index])
        s = q.data @ keys.swapaxes(-1, -2) / np.sqrt(c.head_dim)
        p = np.exp(s - s.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        return a.out_proj.forward(Tensor((p @ values).swapaxes(1, 2).reshape(rows, 1, -1)))

    @staticmethod
    def _split(t, cache):
        return Tensor(t.data.reshape(t.shape[0], 1, cache.num_heads, cache.head_dim).swapaxes(1, 2))


def enable_kv_cache(model):
    for name in ("embed_dim", "num_layers", "num_heads", "max_seq_len", "blocks"):
        getattr(model, name)
    head_dim, rest = divmod(model.embed_dim, model.num_heads)
    if rest:
        raise ValueError("embed_dim does not divide into the heads")
    cache = KVCache(1, model.max_seq_len, model.num_layers, model.num_heads, head_dim)
    model._kv_cache, model._cache_enabled = cache, True
    for i, block in enumerate(model.blocks):
        if "_original_attention_forward" not in vars(block):
            block._original_attention_forward = block.attention.forward
        block.attention.forward = _Forward(model, cache, i, block.attention, block._original_attention_forward)
    return cache


def disable_kv_cache(model):
    if not getattr(model, "_cache_enabled", False):
        return
    for block in model.blocks:
        block.attention.forward = block._original_attention_forward
    model._cache_enabled = False
    del model._kv_cache
