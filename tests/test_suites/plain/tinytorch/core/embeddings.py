"""Embeddings as a beginner writes them: rows by a list of numbers, positions by a double loop, a node by hand."""

import math

import numpy as np
from tinytorch.core.autograd import EmbeddingBackward
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class Embedding:
    def __init__(self, vocab_size, embed_dim):
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim
        limit = math.sqrt(6.0 / (vocab_size + embed_dim))
        self.weight = Tensor(np.random.uniform(-limit, limit, (vocab_size, embed_dim)), requires_grad=True)

    def forward(self, indices):
        flat = [int(i) for i in indices.data.flatten()]
        for i in flat:
            if i < 0 or i >= self.vocab_size:
                raise ValueError(f"Index out of range: {i}")
        rows = self.weight.data[np.array(flat, dtype=int)].reshape(tuple(indices.data.shape) + (self.embed_dim,))
        result = Tensor(rows, requires_grad=self.weight.requires_grad)
        if self.weight.requires_grad:
            result._grad_fn = EmbeddingBackward(self.weight, indices)
        return result

    def __call__(self, indices):
        return self.forward(indices)

    def parameters(self):
        return [self.weight]

    def __repr__(self):
        return f"Embedding(vocab_size={self.vocab_size}, embed_dim={self.embed_dim})"


class PositionalEncoding:
    def __init__(self, max_seq_len, embed_dim):
        self.max_seq_len = max_seq_len
        self.embed_dim = embed_dim
        limit = math.sqrt(2.0 / embed_dim)
        self.position_embeddings = Tensor(
            np.random.uniform(-limit, limit, (max_seq_len, embed_dim)), requires_grad=True
        )

    def forward(self, x):
        if len(x.shape) != 3:
            raise ValueError("Expected 3D input")
        batch, seq, embed = x.shape
        if seq > self.max_seq_len:
            raise ValueError(f"Sequence length {seq} exceeds maximum {self.max_seq_len}")
        if embed != self.embed_dim:
            raise ValueError("Embedding dimension mismatch")
        return x + self.position_embeddings[:seq].reshape(1, seq, embed)

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return [self.position_embeddings]

    def __repr__(self):
        return f"PositionalEncoding(max_seq_len={self.max_seq_len}, embed_dim={self.embed_dim})"


def create_sinusoidal_embeddings(max_seq_len, embed_dim):
    position = np.arange(max_seq_len, dtype=np.float32)[:, np.newaxis]
    div_term = np.exp(np.arange(0, embed_dim, 2, dtype=np.float32) * -(math.log(10000.0) / embed_dim))
    pe = np.zeros((max_seq_len, embed_dim), dtype=np.float32)
    pe[:, 0::2] = np.sin(position * div_term)
    if embed_dim % 2 == 0:
        pe[:, 1::2] = np.cos(position * div_term)
    else:
        pe[:, 1::2] = np.cos(position * div_term[:-1])
    return Tensor(pe)


class EmbeddingLayer:
    def __init__(self, vocab_size, embed_dim, max_seq_len=512, pos_encoding="learned", scale_embeddings=False):
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim
        self.max_seq_len = max_seq_len
        self.pos_encoding_type = pos_encoding
        self.scale_embeddings = scale_embeddings
        self.token_embedding = Embedding(vocab_size, embed_dim)
        if pos_encoding == "learned":
            self.pos_encoding = PositionalEncoding(max_seq_len, embed_dim)
        elif pos_encoding == "sinusoidal":
            self.pos_encoding = create_sinusoidal_embeddings(max_seq_len, embed_dim)
        elif pos_encoding is None:
            self.pos_encoding = None
        else:
            raise ValueError(f"Unknown pos_encoding: {pos_encoding}")

    def forward(self, tokens):
        one = len(tokens.shape) == 1
        if one:
            tokens = Tensor(tokens.data[np.newaxis, :])
        out = self.token_embedding.forward(tokens)
        if self.scale_embeddings:
            out = out * math.sqrt(self.embed_dim)
        if self.pos_encoding_type == "learned":
            out = self.pos_encoding.forward(out)
        elif self.pos_encoding_type == "sinusoidal":
            seq = tokens.shape[1]
            if seq > self.max_seq_len:
                raise ValueError(f"Sequence length {seq} exceeds maximum {self.max_seq_len}")
            out = out + Tensor(self.pos_encoding.data[:seq, :])
        if one:
            out = out[0]
        return out

    def __call__(self, tokens):
        return self.forward(tokens)

    def parameters(self):
        params = self.token_embedding.parameters()
        if self.pos_encoding_type == "learned":
            params = params + self.pos_encoding.parameters()
        return params

    def __repr__(self):
        return (
            f"EmbeddingLayer(vocab_size={self.vocab_size}, embed_dim={self.embed_dim}, "
            f"pos_encoding='{self.pos_encoding_type}')"
        )
