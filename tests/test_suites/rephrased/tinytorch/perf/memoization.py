"""Memoization, written another way: one block of memory for all layers, of which the tensors hold views; closures."""

import numpy as np
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32, MB_TO_BYTES = 4, 1024 * 1024


class KVCache:
    def __init__(self, batch_size, max_seq_len, num_layers, num_heads, head_dim):
        self.batch_size, self.max_seq_len, self.num_layers = batch_size, max_seq_len, num_layers
        self.num_heads, self.head_dim, self.seq_pos = num_heads, head_dim, 0
        self.everything = np.zeros((num_layers, 2, batch_size, num_heads, max_seq_len, head_dim), dtype=np.float32)
        self.caches = []
        for layer in self.everything:
            pair = Tensor([0.0]), Tensor([0.0])
            for tensor, view in zip(pair, layer):
                tensor.data = view
                if not isinstance(vars(type(tensor)).get("shape"), property):
                    tensor.shape, tensor.size = view.shape, view.size
            self.caches.append(pair)

    def _layer(self, layer_idx):
        if not layer_idx < self.num_layers:
            raise ValueError("Layer index out of range")
        return self.everything[layer_idx]

    def update(self, layer_idx, key, value):
        layer = self._layer(layer_idx)
        if self.seq_pos >= self.max_seq_len:
            raise ValueError("Sequence position is at the end")
        for buffer, token in zip(layer, (key, value)):
            buffer[:, :, self.seq_pos, :] = token.data[:, :, 0, :]

    def get(self, layer_idx):
        stored = self._layer(layer_idx)[:, :, :, : self.seq_pos]
        return tuple(Tensor(part) for part in stored)

    def advance(self):
        self.seq_pos += 1

    def reset(self):
        self.everything.fill(0)
        self.seq_pos = 0

    def get_memory_usage(self):
        megabytes = self.everything.nbytes / 2**20
        return dict(
            total_elements=int(self.everything.size),
            total_mb=megabytes,
            per_layer_mb=megabytes / len(self.caches),
            cache_tensors=sum(map(len, self.caches)),
        )


def create_kv_cache(batch_size, max_seq_len, num_layers, num_heads, head_dim):
    cache = KVCache(batch_size, max_seq_len, num_layers, num_heads, head_dim)
    print(f"{cache.get_memory_usage()['total_mb']:.2f} MB")
    return cache


def _cached(attention, original, cache, place):
    def forward(x, mask=None):
        if x.shape[1] != 1 or x.shape[0] != 1:
            return original(x, mask)

        def heads(projection):
            return projection.forward(x).data.reshape(cache.num_heads, cache.head_dim)

        q, k, v = heads(attention.q_proj), heads(attention.k_proj), heads(attention.v_proj)
        as_token = lambda part: Tensor(part.reshape(1, cache.num_heads, 1, cache.head_dim))  # noqa: E731
        cache.update(place, as_token(k), as_token(v))
        if not cache.seq_pos:
            return original(x, mask)
        keys, values = cache.everything[place, :, 0, :, : cache.seq_pos + 1]
        scores = np.einsum("hd,htd->ht", q, keys) / cache.head_dim**0.5
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        mixed = np.einsum("ht,htd->hd", scores / scores.sum(axis=1, keepdims=True), values)
        out = attention.out_proj.forward(Tensor(mixed.reshape(1, 1, -1)))
        return Tensor(out.data)

    return forward


def enable_kv_cache(model):
    needed = "embed_dim num_layers num_heads max_seq_len blocks".split()
    missing = [name for name in needed if not hasattr(model, name)]
    if missing:
        raise AttributeError(f"the model has no {missing[0]}")
    width, rest = divmod(model.embed_dim, model.num_heads)
    if rest:
        raise ValueError("heads of different widths")
    cache = KVCache(1, model.max_seq_len, model.num_layers, model.num_heads, width)
    for place, block in enumerate(model.blocks):
        first = getattr(block, "_original_attention_forward", None) or block.attention.forward
        block._original_attention_forward = first
        block.attention.forward = _cached(block.attention, first, cache, place)
    model.__dict__.update(_kv_cache=cache, _cache_enabled=True)
    return cache


def disable_kv_cache(model):
    if not hasattr(model, "_kv_cache"):
        print("no cache")
        return
    for block in model.blocks:
        block.attention.forward = block._original_attention_forward
    model._cache_enabled = False
    delattr(model, "_kv_cache")
