"""Memoization: while a model writes, keep the keys and values of all earlier tokens instead of computing them again.

Token t attends to the keys and values of tokens 0 to t. Those of earlier tokens never change, so that one new token needs
one projection instead of t. The cache is allocated once, and every token is written into its place.
Shapes: B batch, L layers, H heads, T sequence, D head size, C = H x D embedding. Source: Pope et al. 2022, section 2.
"""

import numpy as np

from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class KVCache:
    """Keys and values of up to max_seq_len tokens in every layer.

    The five arguments are attributes of the same names. seq_pos is the number of tokens stored, 0 at first. caches is a list
    of L pairs (keys, values), each a float32 Tensor of zeros (B, H, max_seq_len, D), allocated once.
    """

    def __init__(self, batch_size, max_seq_len, num_layers, num_heads, head_dim):
        self.batch_size, self.max_seq_len, self.num_layers = batch_size, max_seq_len, num_layers
        self.num_heads, self.head_dim = num_heads, head_dim
        self.seq_pos = 0
        shape = (batch_size, num_heads, max_seq_len, head_dim)
        self.caches = [
            (Tensor(np.zeros(shape, dtype=np.float32)), Tensor(np.zeros(shape, dtype=np.float32)))
            for _ in range(num_layers)
        ]

    def update(self, layer_idx, key, value):
        """Copy key and value, (B, H, 1, D), into place seq_pos of the layer; seq_pos stays, until `advance`.

        A second update before `advance` overwrites the first. Raises ValueError with "Layer index" in its text if
        layer_idx >= num_layers, and with "Sequence position" if max_seq_len tokens are stored already.
        """
        self._require_layer(layer_idx)
        if self.seq_pos >= self.max_seq_len:
            raise ValueError(
                f"Sequence position {self.seq_pos} is past the end: the cache holds {self.max_seq_len} tokens"
            )
        keys, values = self.caches[layer_idx]
        keys.data[:, :, self.seq_pos : self.seq_pos + 1] = key.data
        values.data[:, :, self.seq_pos : self.seq_pos + 1] = value.data

    def get(self, layer_idx):
        """Return (keys, values) of the seq_pos stored tokens, (B, H, seq_pos, D), as new float32 Tensors with
        requires_grad=False.

        A token that was written since the last `advance` is not among them. Raises ValueError with "Layer index" in its
        text if layer_idx >= num_layers.
        """
        self._require_layer(layer_idx)
        keys, values = self.caches[layer_idx]
        return Tensor(keys.data[:, :, : self.seq_pos]), Tensor(values.data[:, :, : self.seq_pos])

    def advance(self):
        """Count the token that was written into all layers: seq_pos grows by 1."""
        self.seq_pos += 1

    def reset(self):
        """Forget everything: seq_pos is 0 and all buffers are zeros again."""
        self.seq_pos = 0
        for keys, values in self.caches:
            keys.data[...] = 0
            values.data[...] = 0

    def get_memory_usage(self):
        """Return a dict: "total_elements" of all buffers, "total_mb" (4 bytes each, by 2**20), "per_layer_mb" (that by L) and
        "cache_tensors", which is 2 L."""
        elements = sum(keys.size + values.size for keys, values in self.caches)
        total_mb = elements * BYTES_PER_FLOAT32 / MB_TO_BYTES
        return {
            "total_elements": elements,
            "total_mb": total_mb,
            "per_layer_mb": total_mb / self.num_layers,
            "cache_tensors": 2 * self.num_layers,
        }

    def _require_layer(self, layer_idx):
        if layer_idx >= self.num_layers:
            raise ValueError(f"Layer index {layer_idx} is too large: the cache has {self.num_layers} layers")


def create_kv_cache(batch_size, max_seq_len, num_layers, num_heads, head_dim):
    """Return a new KVCache of these sizes."""
    return KVCache(batch_size, max_seq_len, num_layers, num_heads, head_dim)


class CachedAttention:
    """What takes the place of one block's attention.forward: (x, mask=None) -> the attention of one token with all before."""

    def __init__(self, block, cache, layer_idx):
        self.attention, self.original = block.attention, block._original_attention_forward
        self.cache, self.layer_idx = cache, layer_idx

    def __call__(self, x, mask=None):
        B, T, C = x.shape
        if T > 1 or (self.cache.batch_size != B and self.cache.seq_pos == 0):
            return self.original(x, mask)
        Q, K, V = (
            project(x).reshape(B, T, self.cache.num_heads, self.cache.head_dim).transpose(1, 2)  # (B, H, 1, D)
            for project in (self.attention.q_proj, self.attention.k_proj, self.attention.v_proj)
        )
        self.cache.update(self.layer_idx, K, V)
        if self.cache.seq_pos == 0:
            return self.original(x, mask)
        keys, values = self.cache.get(self.layer_idx)  # (B, H, T, D), without this token
        keys = np.concatenate([keys.data, K.data], axis=2)  # (B, H, T + 1, D)
        values = np.concatenate([values.data, V.data], axis=2)
        scores = Q.data @ keys.swapaxes(-1, -2) / np.sqrt(self.cache.head_dim)  # (B, H, 1, T + 1)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))  # shifted, because exp overflows at 89
        weights /= weights.sum(axis=-1, keepdims=True)
        joined = (weights @ values).swapaxes(1, 2).reshape(B, T, C)
        return Tensor(self.attention.out_proj(Tensor(joined)).data)


def enable_kv_cache(model):
    """Make a cache of batch 1 and the model's sizes, let its attention use it, and return it.

    The model has embed_dim, num_layers, num_heads, max_seq_len and blocks, each block an attention. Afterwards
    model._kv_cache is the cache and model._cache_enabled is True. block._original_attention_forward keeps the first
    attention.forward, also when this is called again, and attention.forward is replaced on that object alone:
    for several tokens at once it does exactly what the original does, backward() and every grad included; one
    token alone is stored, and attends to all that were stored before and to itself. The caller calls `advance` once per token.
    Raises AttributeError for the first attribute that is missing, and ValueError if embed_dim is not divisible by num_heads;
    the model is then unchanged.
    """
    embed_dim, num_layers, num_heads = model.embed_dim, model.num_layers, model.num_heads
    max_seq_len, blocks = model.max_seq_len, model.blocks
    if embed_dim % num_heads != 0:
        raise ValueError(f"{num_heads} heads cannot share an embedding of {embed_dim} evenly")
    cache = KVCache(1, max_seq_len, num_layers, num_heads, embed_dim // num_heads)
    for layer_idx, block in enumerate(blocks):
        if not hasattr(block, "_original_attention_forward"):
            block._original_attention_forward = block.attention.forward
        block.attention.forward = CachedAttention(block, cache, layer_idx)
    model._kv_cache, model._cache_enabled = cache, True
    return cache


def disable_kv_cache(model):
    """Give every block its original attention.forward back, set _cache_enabled to False, and delete _kv_cache.

    A model without a cache is left as it is.
    """
    if not getattr(model, "_cache_enabled", False):
        return
    for block in model.blocks:
        block.attention.forward = block._original_attention_forward
    model._cache_enabled = False
    del model._kv_cache
