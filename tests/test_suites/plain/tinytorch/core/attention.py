"""Attention as the course's notebook writes it: Tensor operations all the way, a loop over parameters at the end."""

import math

from tinytorch.core.activations import Softmax
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

MASK_VALUE = -1e9


def scaled_dot_product_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = Q.matmul(K.transpose(-2, -1)) * (1.0 / math.sqrt(d_k))
    if mask is not None:
        scores = scores + Tensor((1.0 - mask.data) * MASK_VALUE)
    softmax = Softmax()
    weights = softmax.forward(scores, dim=-1)
    return weights.matmul(V), weights


class MultiHeadAttention:
    def __init__(self, embed_dim, num_heads):
        if embed_dim % num_heads != 0:
            raise ValueError(f"embed_dim ({embed_dim}) must be divisible by num_heads ({num_heads})")
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.q_proj = Linear(embed_dim, embed_dim)
        self.k_proj = Linear(embed_dim, embed_dim)
        self.v_proj = Linear(embed_dim, embed_dim)
        self.out_proj = Linear(embed_dim, embed_dim)

    def _split(self, t, batch, seq):
        return t.reshape(batch, seq, self.num_heads, self.head_dim).transpose(1, 2)

    def forward(self, x, mask=None):
        if len(x.shape) != 3 or x.shape[2] != self.embed_dim:
            raise ValueError(f"expected (batch, seq, {self.embed_dim}), got {x.shape}")
        batch, seq, _ = x.shape
        Q = self._split(self.q_proj.forward(x), batch, seq)
        K = self._split(self.k_proj.forward(x), batch, seq)
        V = self._split(self.v_proj.forward(x), batch, seq)
        if mask is not None and len(mask.shape) == 3:
            mask = Tensor(mask.data[:, None, :, :])
        attended, _ = scaled_dot_product_attention(Q, K, V, mask)
        joined = attended.transpose(1, 2).reshape(batch, seq, self.embed_dim)
        return self.out_proj.forward(joined)

    def __call__(self, x, mask=None):
        return self.forward(x, mask)

    def parameters(self):
        params = []
        for layer in [self.q_proj, self.k_proj, self.v_proj, self.out_proj]:
            params.extend(layer.parameters())
        return params
