"""Embeddings, written another way: rows by take, positions through the same table, angles as complex exponentials."""

import numpy as np
from tinytorch.core.autograd import EmbeddingBackward
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32, MB_TO_BYTES = 4, 1024**2


class _Shown:
    def __call__(self, *inputs):
        return self.forward(*inputs)


class Embedding(_Shown):
    def __init__(self, vocab_size, embed_dim):
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim
        a = np.sqrt(6 / (vocab_size + embed_dim))
        self.weight = Tensor((2 * np.random.random((vocab_size, embed_dim)) - 1) * a, requires_grad=True)

    def forward(self, indices):
        ids = np.trunc(indices.data).astype(np.int64)
        if ids.size and not (ids.min() >= 0 and ids.max() < self.vocab_size):
            raise ValueError("there is no such token")
        rows = np.take(self.weight.data, ids.ravel(), axis=0).reshape(ids.shape + (self.weight.shape[1],))
        out = Tensor(rows)
        if self.weight.requires_grad:
            out.requires_grad, out._grad_fn = True, EmbeddingBackward(self.weight, indices)
        return out

    def parameters(self):
        return [self.weight]

    def __repr__(self):
        return "Embedding(vocab_size=%d, embed_dim=%d)" % (self.vocab_size, self.embed_dim)


class PositionalEncoding(_Shown):
    def __init__(self, max_seq_len, embed_dim):
        self.max_seq_len, self.embed_dim = max_seq_len, embed_dim
        a = np.sqrt(2 / embed_dim)
        self.position_embeddings = Tensor(np.random.uniform(-a, a, size=[max_seq_len, embed_dim]), True)

    def forward(self, x):
        if len(x.shape) != 3 or x.shape[1] > self.max_seq_len or x.shape[2] != self.embed_dim:
            raise ValueError("unfit for these positions")
        first = self.position_embeddings[np.arange(x.shape[1])]
        return first.reshape(1, x.shape[1], self.embed_dim) + x

    def parameters(self):
        return [self.position_embeddings]

    def __repr__(self):
        return f"{type(self).__name__}(max_seq_len={self.max_seq_len}, embed_dim={self.embed_dim})"


def create_sinusoidal_embeddings(max_seq_len, embed_dim):
    table = np.zeros((max_seq_len, embed_dim))
    for i in range(0, embed_dim, 2):
        turning = np.exp(1j * np.arange(max_seq_len) / np.power(10000.0, i / embed_dim))
        table[:, i] = turning.imag
        if i + 1 < embed_dim:
            table[:, i + 1] = turning.real
    return Tensor(table)


class EmbeddingLayer(_Shown):
    MAKERS = {
        "learned": PositionalEncoding,
        "sinusoidal": create_sinusoidal_embeddings,
        None: lambda max_seq_len, embed_dim: None,
    }

    def __init__(self, vocab_size, embed_dim, max_seq_len=512, pos_encoding="learned", scale_embeddings=False):
        if pos_encoding not in self.MAKERS:
            raise ValueError(pos_encoding)
        vars(self).update({k: v for k, v in locals().items() if k not in ("self", "pos_encoding")})
        self.token_embedding = Embedding(vocab_size, embed_dim)
        self.pos_encoding_type = pos_encoding
        self.pos_encoding = self.MAKERS[pos_encoding](max_seq_len, embed_dim)

    def forward(self, tokens):
        is_single = len(tokens.shape) == 1
        x = self.token_embedding(tokens.reshape(1, tokens.shape[0]) if is_single else tokens)
        if self.scale_embeddings:
            x = x * (self.embed_dim**0.5)
        if self.pos_encoding_type == "learned":
            x = self.pos_encoding(x)
        elif self.pos_encoding_type == "sinusoidal":
            if x.shape[1] > self.max_seq_len:
                raise ValueError("too long")
            x = x + Tensor(self.pos_encoding.data[: x.shape[1]])
        return x[0] if is_single else x

    def parameters(self):
        found = self.token_embedding.parameters()
        if isinstance(self.pos_encoding, PositionalEncoding):
            found = found + self.pos_encoding.parameters()
        return found

    def __repr__(self):
        return f"EmbeddingLayer(vocab_size={self.vocab_size}, embed_dim={self.embed_dim}, pos_encoding='{self.pos_encoding_type}')"
