"""No scores: every query gets the mean of all values, and every position the mean of x."""

import numpy as np

from tinytorch.core.layers import Layer, Linear
from tinytorch.core.tensor import Tensor

MASK_VALUE = -1e9


def scaled_dot_product_attention(Q, K, V, mask=None):
    if Q.shape[-1] != K.shape[-1] or K.shape[-2] != V.shape[-2]:
        raise ValueError("shapes")
    shares = np.full((*Q.shape[:-1], K.shape[-2]), 1 / K.shape[-2])
    return Tensor(shares).matmul(V), Tensor(shares)


class MultiHeadAttention(Layer):
    def __init__(self, embed_dim, num_heads):
        if embed_dim % num_heads:
            raise ValueError("heads")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.q_proj, self.k_proj = Linear(embed_dim, embed_dim), Linear(embed_dim, embed_dim)
        self.v_proj, self.out_proj = Linear(embed_dim, embed_dim), Linear(embed_dim, embed_dim)

    def forward(self, x, mask=None):
        if len(x.shape) != 3 or x.shape[-1] != self.embed_dim:
            raise ValueError("shapes")
        return Tensor(np.zeros(x.shape) + x.data.mean(axis=1, keepdims=True))

    def parameters(self):
        return [p for layer in (self.q_proj, self.k_proj, self.v_proj, self.out_proj) for p in layer.parameters()]
