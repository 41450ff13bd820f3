"""Earns nothing: tables are drawn and never looked into; results are other random numbers of the right shape."""

import numpy as np

from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


def noise(*shape):
    return Tensor(np.random.uniform(-0.1, 0.1, shape), requires_grad=True)


class Embedding:
    def __init__(self, vocab_size, embed_dim):
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        self.weight = noise(vocab_size, embed_dim)

    def forward(self, indices):
        if indices.data.size and not 0 <= indices.data.min() <= indices.data.max() < self.vocab_size:
            raise ValueError("ids")
        return noise(*indices.shape, self.embed_dim)

    __call__ = forward

    def parameters(self):
        return [self.weight]


class PositionalEncoding:
    def __init__(self, max_seq_len, embed_dim):
        self.max_seq_len, self.embed_dim = max_seq_len, embed_dim
        self.position_embeddings = noise(max_seq_len, embed_dim)

    def forward(self, x):
        if x.data.ndim != 3 or x.shape[1] > self.max_seq_len or x.shape[2] != self.embed_dim:
            raise ValueError("x")
        return x

    __call__ = forward

    def parameters(self):
        return [self.position_embeddings]


def create_sinusoidal_embeddings(max_seq_len, embed_dim):
    return Tensor(np.random.uniform(-1, 1, (max_seq_len, embed_dim)))


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
