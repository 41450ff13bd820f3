"""Embeddings: a table with a vector for every token, and one for every position.

Looking a token up is indexing; its gradient is adding to the rows that were picked. Token numbers travel in Tensors, so
they are float32 and are cut to ints here. Letters: B batch, T sequence, D width of a vector, V vocabulary, P longest
sequence. Sources: Bengio et al. 2003, section 2, for the table; Vaswani et al. 2017, section 3.5, for sines and cosines.
"""

import math

import numpy as np

from tinytorch.core.autograd import EmbeddingBackward
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


class Embedding:
    """A trainable table with one row for every token.

    weight: (V, D), requires gradients, uniform in +-sqrt(6 / (V + D)). It may be replaced by another Tensor, also by one
    that another layer has.
    """

    def __init__(self, vocab_size, embed_dim):
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        bound = math.sqrt(6.0 / (vocab_size + embed_dim))
        self.weight = Tensor(np.random.uniform(-bound, bound, (vocab_size, embed_dim)), requires_grad=True)

    def forward(self, indices):
        """Return the rows of the weight as it is now: a Tensor of any shape S gives S + (D,), none and a single one too.

        Raises ValueError if any index is below 0, or vocab_size and above. The result requires gradients if the weight
        does, and then holds an EmbeddingBackward: each use of a row adds its gradient, and rows not used get exactly 0.
        """
        ids = indices.data.astype(int)
        if ((ids < 0) | (ids >= self.vocab_size)).any():
            raise ValueError(f"Token ids must lie in 0..{self.vocab_size - 1}, got {ids.min()}..{ids.max()}")
        out = Tensor(self.weight.data[ids], requires_grad=self.weight.requires_grad)  # S + (D,)
        if out.requires_grad:
            out._grad_fn = EmbeddingBackward(self.weight, indices)
        return out

    def __call__(self, indices):
        return self.forward(indices)

    def parameters(self):
        """Return [weight]: the very Tensor."""
        return [self.weight]

    def __repr__(self):
        return f"Embedding(vocab_size={self.vocab_size}, embed_dim={self.embed_dim})"


class PositionalEncoding:
    """A trainable vector for every position, added to whatever stands there.

    position_embeddings: (P, D), requires gradients, uniform in +-sqrt(2 / D).
    """

    def __init__(self, max_seq_len, embed_dim):
        self.max_seq_len, self.embed_dim = max_seq_len, embed_dim
        bound = math.sqrt(2.0 / embed_dim)
        self.position_embeddings = Tensor(
            np.random.uniform(-bound, bound, (max_seq_len, embed_dim)), requires_grad=True
        )

    def forward(self, x):
        """Return x (B, T, D) plus the first T position vectors, the same for every sequence of the batch.

        Raises ValueError if x is not 3-D, if T is above max_seq_len, or if the last axis is not embed_dim. Gradients reach x
        unchanged, and the positions summed over the batch: rows from T on get exactly 0.
        """
        if x.data.ndim != 3:
            raise ValueError(f"PositionalEncoding needs sequences of shape (B, T, D), got shape {x.shape}")
        T = x.shape[1]
        require_length(T, self.max_seq_len)
        if x.shape[2] != self.embed_dim:
            raise ValueError(f"PositionalEncoding adds vectors of {self.embed_dim} numbers, got shape {x.shape}")
        return x + self.position_embeddings[:T]  # sliced as a Tensor, so that the gradient finds its way back

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        """Return [position_embeddings]: the very Tensor."""
        return [self.position_embeddings]

    def __repr__(self):
        return f"PositionalEncoding(max_seq_len={self.max_seq_len}, embed_dim={self.embed_dim})"


def require_length(length, max_seq_len):
    """Raise ValueError for a sequence that is longer than there are positions."""
    if length > max_seq_len:
        raise ValueError(f"A sequence of {length} tokens is longer than max_seq_len, {max_seq_len}")


def create_sinusoidal_embeddings(max_seq_len, embed_dim):
    """Return a Tensor (P, D) without gradient: columns 2i hold sin(pos / 10000^(2i / D)), columns 2i + 1 its cosine.

    For odd D the last column is a sine whose cosine is missing.
    """
    even = np.arange(0, embed_dim, 2)  # 2i
    angles = np.arange(max_seq_len)[:, None] / 10000 ** (even / embed_dim)  # (P, (D + 1) // 2)
    table = np.empty((max_seq_len, embed_dim))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : embed_dim // 2])
    return Tensor(table)


class EmbeddingLayer:
    """Tokens and their positions in one step.

    pos_encoding is one of 'learned', 'sinusoidal', None, and kept in pos_encoding_type; the attribute pos_encoding is then
    a PositionalEncoding, a Tensor (P, D), or None. token_embedding: an Embedding. scale_embeddings: multiply the token
    vectors by sqrt(D), before positions are added.
    """

    def __init__(self, vocab_size, embed_dim, max_seq_len=512, pos_encoding="learned", scale_embeddings=False):
        """Raises ValueError for any other pos_encoding."""
        self.vocab_size, self.embed_dim, self.max_seq_len = vocab_size, embed_dim, max_seq_len
        self.pos_encoding_type, self.scale_embeddings = pos_encoding, scale_embeddings
        self.token_embedding = Embedding(vocab_size, embed_dim)
        if pos_encoding == "learned":
            self.pos_encoding = PositionalEncoding(max_seq_len, embed_dim)
        elif pos_encoding == "sinusoidal":
            self.pos_encoding = create_sinusoidal_embeddings(max_seq_len, embed_dim)
        elif pos_encoding is None:
            self.pos_encoding = None
        else:
            raise ValueError(f"pos_encoding must be 'learned', 'sinusoidal' or None, got {pos_encoding!r}")

    def forward(self, tokens):
        """Map (B, T) to (B, T, D), and (T,) to (T, D).

        Raises ValueError for more tokens than max_seq_len, except without positions, where any length will do. Gradients
        reach the token table and learnt positions, never the sines.
        """
        x = self.token_embedding(tokens)  # (B, T, D) or (T, D)
        if self.scale_embeddings:
            x = x * math.sqrt(self.embed_dim)
        if self.pos_encoding_type is None:
            return x
        T = tokens.shape[-1]
        if self.pos_encoding_type == "sinusoidal":
            require_length(T, self.max_seq_len)
            return x + self.pos_encoding[:T]
        return self.pos_encoding(x.reshape(-1, T, self.embed_dim)).reshape(x.shape)

    def __call__(self, tokens):
        return self.forward(tokens)

    def parameters(self):
        """Return the token table, then the learnt positions if there are any."""
        learnt = self.pos_encoding.parameters() if self.pos_encoding_type == "learned" else []
        return self.token_embedding.parameters() + learnt

    def __repr__(self):
        sizes = f"vocab_size={self.vocab_size}, embed_dim={self.embed_dim}"
        return f"EmbeddingLayer({sizes}, pos_encoding='{self.pos_encoding_type}')"
