"""Attention: every position averages the values of all positions, weighted by how well its query matches their keys.

    attention(Q, K, V) = softmax(Q K^T / sqrt(D)) V

`MultiHeadAttention` does so several times side by side, each head on its own share of the embedding. Everything is made
of Tensor operations, so that module 05 sees every step, once it is imported.
Shapes: B batch, T positions (Tq queries, Tk keys), C embedding, H heads, D = C / H head width, E value width.
Source: Vaswani et al. 2017, equation 1 and section 3.2.2.
"""

import math

from tinytorch.core.activations import Softmax
from tinytorch.core.layers import Layer, Linear
from tinytorch.core.tensor import Tensor

MASK_VALUE = -1e9  # added to the score of a hidden key; minus infinity would turn a row without any key into NaN


def scaled_dot_product_attention(Q, K, V, mask=None):
    """Average the values, weighted by how well queries match keys; return (output, weights), both Tensors.

    Q: (..., Tq, D), K: (..., Tk, D), V: (..., Tk, E), all with two, three or four axes; output: (..., Tq, E); weights:
    (..., Tq, Tk), at least 0, each row summing to 1. The scores Q K^T are divided by sqrt(D), D being the last axis of Q.
    mask: None, or a Tensor that broadcasts against the weights: 1 allows, 0 hides a key, whose weight is then 0. It is no
    part of the graph. A row with every key hidden still sums to 1. Scores as large as 1e8 stay finite.
    Raises ValueError, as matmul does, if Q and K differ in their last axis, or K and V in the number of keys.
    """
    # A sum of D products of standard normals has variance D; without the scale Softmax would pick single keys.
    scores = Q.matmul(K.transpose(-2, -1)) * (1 / math.sqrt(Q.shape[-1]))  # (..., Tq, Tk)
    if mask is not None:
        scores = scores + Tensor((1 - mask.data) * MASK_VALUE)
    weights = Softmax()(scores, dim=-1)  # (..., Tq, Tk)
    return weights.matmul(V), weights  # (..., Tq, E)


class MultiHeadAttention(Layer):
    """Self-attention by several heads: project, attend in each head, join the heads, project again.

    embed_dim, num_heads, and head_dim = embed_dim // num_heads are kept as attributes. q_proj, k_proj, v_proj, out_proj
    are Linear(embed_dim, embed_dim) with bias. Raises ValueError if embed_dim is not divisible by num_heads.
    """

    def __init__(self, embed_dim, num_heads):
        if embed_dim % num_heads != 0:
            raise ValueError(f"{num_heads} heads cannot share an embedding of {embed_dim} evenly")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.q_proj = Linear(embed_dim, embed_dim)
        self.k_proj = Linear(embed_dim, embed_dim)
        self.v_proj = Linear(embed_dim, embed_dim)
        self.out_proj = Linear(embed_dim, embed_dim)

    def forward(self, x, mask=None):
        """Map (B, T, C) to (B, T, C): head h works on columns h*D to (h+1)*D of each projection.

        mask: as above, of shape (T, T), (1, T, T) or (B, T, T), the same for every head; or with an axis for the heads
        in second place: (1, 1, T, T), (B, 1, T, T) or (B, H, T, T).
        Raises ValueError if x has not three axes, or its last one is not embed_dim long.
        """
        if x.data.ndim != 3 or x.shape[-1] != self.embed_dim:
            raise ValueError(f"MultiHeadAttention needs (batch, positions, {self.embed_dim}), got {x.shape}")
        if mask is not None and mask.data.ndim == 3:
            mask = mask.reshape(mask.shape[0], 1, *mask.shape[1:])  # (B, 1, T, T): one for all heads
        Q, K, V = (self._split_heads(project(x)) for project in (self.q_proj, self.k_proj, self.v_proj))
        output, _ = scaled_dot_product_attention(Q, K, V, mask)  # (B, H, T, D)
        return self.out_proj(output.transpose(1, 2).reshape(x.shape))  # (B, T, C)

    def _split_heads(self, x):
        B, T, _ = x.shape
        return x.reshape(B, T, self.num_heads, self.head_dim).transpose(1, 2)  # (B, H, T, D)

    def parameters(self):
        """Return the weight and the bias of q_proj, k_proj, v_proj and out_proj, in this order: the Tensors themselves."""
        projections = (self.q_proj, self.k_proj, self.v_proj, self.out_proj)
        return [param for projection in projections for param in projection.parameters()]
