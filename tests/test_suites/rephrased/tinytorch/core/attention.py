"""Attention, written another way: queries are scaled before the product, heads are cut by slices of a reshaped projection."""

import numpy as np
from tinytorch.core.activations import Softmax
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

MASK_VALUE = -1e9


def scaled_dot_product_attention(Q, K, V, mask=None):
    D = Q.shape[-1]
    turned = K.transpose(len(K.shape) - 1, len(K.shape) - 2)
    scores = (Q * (D**-0.5)) @ turned
    if mask is not None:
        hidden = Tensor(np.where(mask.data == 1, 0.0, (1.0 - mask.data) * MASK_VALUE))
        scores = scores + hidden
    weights = Softmax().forward(scores, -1)
    return weights @ V, weights


class MultiHeadAttention:
    def __init__(self, embed_dim, num_heads):
        self.head_dim, rest = divmod(embed_dim, num_heads)
        if rest:
            raise ValueError("heads of different widths")
        self.embed_dim, self.num_heads = embed_dim, num_heads
        for name in ("q", "k", "v", "out"):
            setattr(self, name + "_proj", Linear(in_features=embed_dim, out_features=embed_dim, bias=True))

    def __call__(self, x, mask=None):
        return self.forward(x, mask=mask)

    def forward(self, x, mask=None):
        if len(x.shape) != 3 or x.shape[2] != self.embed_dim:
            raise ValueError(f"shape {x.shape}")
        B, T, C = x.shape
        if mask is not None:
            shape = {2: (1, 1) + mask.shape, 3: mask.shape[:1] + (1,) + mask.shape[1:]}.get(len(mask.shape), mask.shape)
            mask = Tensor(mask.data.reshape(shape))
        parts = []
        for projection in [self.q_proj, self.k_proj, self.v_proj]:
            parts.append(
                projection.forward(x)
                .reshape((B, T, self.num_heads, -1) if T * B else (B, T, self.num_heads, self.head_dim))
                .transpose(1, 2)
            )
        mixed = scaled_dot_product_attention(*parts, mask=mask)[0]
        return self.out_proj.forward(mixed.transpose(2, 1).reshape(B, T, C))

    def parameters(self):
        out = []
        for name in ("q", "k", "v", "out"):
            projection = getattr(self, name + "_proj")
            out += [projection.weight, projection.bias]
        return out
