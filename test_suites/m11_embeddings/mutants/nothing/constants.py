"""Earns nothing: all names, sizes and flags are there, tables are zeros, and inputs are handed back."""

import numpy as np

from tinytorch.core.autograd import EmbeddingBackward
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class Embedding:
    def __init__(self, vocab_size, embed_dim):
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        self.weight = Tensor(np.zeros((vocab_size, embed_dim)), requires_grad=True)

    def forward(self, indices):
        if indices.data.size and not 0 <= indices.data.min() <= indices.data.max() < self.vocab_size:
            raise ValueError("ids")
        out = Tensor(np.zeros((*indices.shape, self.embed_dim)), requires_grad=self.weight.requires_grad)
        if out.requires_grad:
            out._grad_fn = EmbeddingBackward(self.weight, indices)
        return out

    __call__ = forward

    def parameters(self):
        return [self.weight]


class PositionalEncoding:
    def __init__(self, max_seq_len, embed_dim):
        self.max_seq_len, self.embed_dim = max_seq_len, embed_dim
        self.position_embeddings = Tensor(np.zeros((max_seq_len, embed_dim)), requires_grad=True)

    def forward(self, x):
        if x.data.ndim != 3 or x.shape[1] > self.max_seq_len or x.shape[2] != self.embed_dim:
            raise ValueError("x")
        return x

    __call__ = forward

    def parameters(self):
        return [self.position_embeddings]


def create_sinusoidal_embeddings(max_seq_len, embed_dim):
    return Tensor(np.tile([0.0, 1.0], (max_seq_len, embed_dim))[:, :embed_dim])


class EmbeddingLayer:
    def __init__(self, vocab_size, embed_dim, max_seq_len=512, pos_encoding="learned", scale_embeddings=False):
        self.vocab_size, self.embed_dim, self.max_seq_len = vocab_size, embed_dim, max_seq_len
        self.pos_encoding_type, self.scale_embeddings = pos_encoding, scale_embeddings
        self.token_embedding = Embedding(vocab_size, embed_dim)
        if pos_encoding not in ("learned", "sinusoidal", None):
            raise ValueError("pos_encoding")
        kinds = {"learned": PositionalEncoding, "sinusoidal": create_sinusoidal_embeddings}
        self.pos_encoding = kinds[pos_encoding](max_seq_len, embed_dim) if pos_encoding else None

    def forward(self, tokens):
        if self.pos_encoding is not None and tokens.shape[-1] > self.max_seq_len:
            raise ValueError("tokens")
        return self.token_embedding(tokens)

    __call__ = forward

    def parameters(self):
        learnt = self.pos_encoding.parameters() if self.pos_encoding_type == "learned" else []
        return self.token_embedding.parameters() + learnt
