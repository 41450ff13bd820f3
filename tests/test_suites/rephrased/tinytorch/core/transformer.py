"""Transformers, written another way: LayerNorm as one node for all three gradients, blocks folded over, tokens in a list."""

from functools import reduce

import numpy as np
from tinytorch.core.activations import GELU
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import Function
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32, MB_TO_BYTES = 4, 2**20


def create_causal_mask(seq_len):
    places = np.arange(seq_len)
    return Tensor((places[:, None] >= places[None, :])[np.newaxis])


class _Part:
    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def parameters(self):
        return [p for name in self.parts for p in getattr(self, name).parameters()]


class _LayerNormBackward(Function):
    def __init__(self, x, gamma, beta, normal, std):
        super().__init__(x, gamma, beta)
        self.normal, self.std = normal, std

    def apply(self, grad_output):
        n, g = self.normal, np.asarray(grad_output, dtype=np.float64)
        h = g * self.saved_tensors[1].data
        lead = tuple(range(n.ndim - 1))
        grad = h - h.mean(-1, keepdims=True) - n * np.mean(h * n, axis=-1, keepdims=True)
        return grad / self.std, np.sum(g * n, axis=lead), np.sum(g, axis=lead)


class LayerNorm(_Part):
    def __init__(self, normalized_shape, eps=1e-5):
        self.normalized_shape, self.eps = normalized_shape, eps
        self.gamma = Tensor(np.ones(normalized_shape), requires_grad=True)
        self.beta = Tensor(np.zeros(normalized_shape), requires_grad=True)

    def forward(self, x):
        if x.shape[-1] != self.gamma.shape[-1]:
            raise ValueError("another width")
        wide = x.data.astype(np.float64)
        std = np.sqrt(wide.var(axis=-1, keepdims=True) + self.eps)
        normal = (wide - wide.mean(axis=-1, keepdims=True)) / std
        out = Tensor(normal * self.gamma.data + self.beta.data, requires_grad=True)
        out._grad_fn = _LayerNormBackward(x, self.gamma, self.beta, normal, std)
        return out

    def parameters(self):
        return [self.gamma, self.beta]


class MLP(_Part):
    parts = ("linear1", "linear2")

    def __init__(self, embed_dim, hidden_dim=None, dropout_prob=0.1):
        self.embed_dim, self.hidden_dim = embed_dim, hidden_dim or embed_dim * 4
        self.linear1, self.gelu = Linear(embed_dim, self.hidden_dim), GELU()
        self.linear2 = Linear(self.hidden_dim, embed_dim)

    def forward(self, x):
        return reduce(lambda value, step: step.forward(value), (self.linear1, self.gelu, self.linear2), x)


class TransformerBlock(_Part):
    parts = ("attention", "ln1", "ln2", "mlp")

    def __init__(self, embed_dim, num_heads, mlp_ratio=4, dropout_prob=0.1):
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.mlp = MLP(embed_dim, hidden_dim=int(embed_dim * mlp_ratio))
        self.ln2, self.ln1 = LayerNorm(embed_dim), LayerNorm(embed_dim)
        self.attention = MultiHeadAttention(embed_dim, num_heads)

    def forward(self, x, mask=None):
        between = self.attention(self.ln1(x), mask=mask) + x
        return self.mlp(self.ln2(between)) + between


class GPT(_Part):
    def __init__(self, vocab_size, embed_dim, num_layers, num_heads, max_seq_len=1024):
        self.__dict__.update((k, v) for k, v in locals().items() if k != "self")
        self.token_embedding = Embedding(vocab_size, embed_dim)
        self.position_embedding = Embedding(max_seq_len, embed_dim)
        self.blocks = []
        while len(self.blocks) < num_layers:
            self.blocks.append(TransformerBlock(embed_dim, num_heads))
        self.ln_f = LayerNorm(embed_dim)
        self.lm_head = Linear(embed_dim, vocab_size, bias=False)

    def _create_causal_mask(self, seq_len):
        return create_causal_mask(seq_len)

    def forward(self, tokens):
        if len(tokens.shape) != 2:
            raise ValueError("tokens are (batch, positions)")
        B, T = tokens.shape
        if self.max_seq_len < T:
            raise ValueError("too many tokens")
        positions = Tensor(np.tile(np.arange(T), (B, 1)))
        x = self.position_embedding(positions) + self.token_embedding(tokens)
        x = reduce(lambda value, block: block(value, mask=self._create_causal_mask(T)), self.blocks, x)
        return self.lm_head(self.ln_f(x))

    def generate(self, prompt_tokens, max_new_tokens=50, temperature=1.0):
        row = [float(token) for token in prompt_tokens.data[0]]
        if len(row) + max_new_tokens > self.max_seq_len:
            raise ValueError("longer than there are positions")
        for _ in range(max_new_tokens):
            logits = self.forward(Tensor([row])).data[0, -1].astype(np.float64) / temperature
            powers = np.exp(logits - logits.max())
            row.append(float(np.random.choice(np.arange(self.vocab_size), p=powers / powers.sum())))
        return Tensor([row])

    def parameters(self):
        found = self.token_embedding.parameters() + self.position_embedding.parameters()
        for block in self.blocks:
            found += block.parameters()
        return found + self.ln_f.parameters() + self.lm_head.parameters()
