"""Transformers: attention mixes positions, a small network works on each of them, and blocks of both are stacked.

`GPT` predicts, for every position of a text, which token comes next; `generate` lets it write on. Every block adds to
what it was given, x + f(norm(x)), so that gradients reach the first block as directly as the last.
Shapes: B batch, T positions, C embedding, H heads, V vocabulary, L blocks.
Sources: Ba, Kiros and Hinton 2016, equation 4, for LayerNorm; Radford et al. 2019, section 2.3, for the blocks.
"""

import numpy as np

from tinytorch.core.activations import GELU, Softmax
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import Function
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Layer, Linear
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 1024 * 1024


def create_causal_mask(seq_len):
    """Return a Tensor (1, T, T) for attention: 1 on and below the diagonal, 0 above it; position t sees 0 to t."""
    return Tensor(np.tril(np.ones((1, seq_len, seq_len))))


class NormalizeBackward(Function):
    """(G - mean(G) - n mean(G n)) / std, n the normalised row: it moves neither with the row's mean nor with its size."""

    def __init__(self, x, normalized, std):
        super().__init__(x)
        self.normalized, self.std = normalized, std

    def apply(self, grad_output):
        along = (grad_output * self.normalized).mean(axis=-1, keepdims=True)
        return ((grad_output - grad_output.mean(axis=-1, keepdims=True) - self.normalized * along) / self.std,)


class LayerNorm(Layer):
    """(x - mean) / sqrt(variance + eps) * gamma + beta, over the last axis alone; the variance is the biased one.

    normalized_shape: the length of that axis. gamma (ones) and beta (zeros) are Tensors of that shape which require
    gradients; eps, 1e-5 by default, keeps a constant row finite, which gives beta.
    """

    def __init__(self, normalized_shape, eps=1e-5):
        self.normalized_shape, self.eps = normalized_shape, eps
        self.gamma = Tensor(np.ones(normalized_shape), requires_grad=True)
        self.beta = Tensor(np.zeros(normalized_shape), requires_grad=True)

    def forward(self, x):
        """Map (..., C) to (..., C). Raises ValueError if the last axis is not as long as gamma.

        Gradients reach gamma, beta, and x, whose mean and variance are no constants.
        """
        if x.shape[-1:] != self.gamma.shape:
            raise ValueError(f"LayerNorm of {self.gamma.shape} cannot normalise the last axis of {x.shape}")
        centred = x.data - x.data.mean(axis=-1, keepdims=True)  # first, so that a large mean costs the variance nothing
        std = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.eps)  # (..., 1)
        normalized = Tensor(centred / std)
        if x.requires_grad:
            normalized.requires_grad = True
            normalized._grad_fn = NormalizeBackward(x, normalized.data, std)
        return normalized * self.gamma + self.beta

    def parameters(self):
        return [self.gamma, self.beta]


class MLP(Layer):
    """linear2(gelu(linear1(x))): the same small network for every position.

    linear1 is Linear(embed_dim, hidden_dim), linear2 its way back; hidden_dim is 4 * embed_dim if None. The attributes
    are embed_dim, hidden_dim, linear1, gelu, linear2. dropout_prob is accepted and not used.
    """

    def __init__(self, embed_dim, hidden_dim=None, dropout_prob=0.1):
        self.embed_dim = embed_dim
        self.hidden_dim = 4 * embed_dim if hidden_dim is None else hidden_dim
        self.linear1 = Linear(self.embed_dim, self.hidden_dim)
        self.gelu = GELU()
        self.linear2 = Linear(self.hidden_dim, self.embed_dim)

    def forward(self, x):
        """Map (..., C) to (..., C)."""
        return self.linear2(self.gelu(self.linear1(x)))

    def parameters(self):
        """Return the weight and the bias of linear1, then of linear2."""
        return self.linear1.parameters() + self.linear2.parameters()


class TransformerBlock(Layer):
    """x + attention(ln1(x)), and then that + mlp(ln2(that)): the norm comes before, the addition after.

    attention is a MultiHeadAttention, ln1 and ln2 are LayerNorms, mlp is an MLP with hidden_dim
    int(embed_dim * mlp_ratio). embed_dim and num_heads are attributes, too. dropout_prob is accepted and not used.
    """

    def __init__(self, embed_dim, num_heads, mlp_ratio=4, dropout_prob=0.1):
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.attention = MultiHeadAttention(embed_dim, num_heads)
        self.ln1, self.ln2 = LayerNorm(embed_dim), LayerNorm(embed_dim)
        self.mlp = MLP(embed_dim, int(embed_dim * mlp_ratio))

    def forward(self, x, mask=None):
        """Map (B, T, C) to (B, T, C); the mask is handed to attention."""
        x = x + self.attention(self.ln1(x), mask)
        return x + self.mlp(self.ln2(x))

    def parameters(self):
        """Return the 16 Tensors of attention, ln1, ln2 and mlp, in this order."""
        return [param for part in (self.attention, self.ln1, self.ln2, self.mlp) for param in part.parameters()]


class GPT(Layer):
    """Tokens and positions become vectors, blocks work on them, and a last layer scores every token of the vocabulary.

    token_embedding is Embedding(V, C), position_embedding Embedding(max_seq_len, C), blocks a list of num_layers
    TransformerBlocks, ln_f a LayerNorm, lm_head Linear(C, V) without bias, with a weight of its own. The five arguments
    are attributes of the same names.
    """

    def __init__(self, vocab_size, embed_dim, num_layers, num_heads, max_seq_len=1024):
        self.vocab_size, self.embed_dim, self.num_layers = vocab_size, embed_dim, num_layers
        self.num_heads, self.max_seq_len = num_heads, max_seq_len
        self.token_embedding = Embedding(vocab_size, embed_dim)
        self.position_embedding = Embedding(max_seq_len, embed_dim)
        self.blocks = [TransformerBlock(embed_dim, num_heads) for _ in range(num_layers)]
        self.ln_f = LayerNorm(embed_dim)
        self.lm_head = Linear(embed_dim, vocab_size, bias=False)

    def forward(self, tokens):
        """Map ids (B, T) to logits (B, T, V): those of position t depend on tokens 0 to t alone.

        The vectors of tokens and of positions 0 to T-1 are added; blocks under a causal mask, ln_f and lm_head follow.
        Raises ValueError for other ranks, for more than max_seq_len tokens, and for an id outside 0 to V-1.
        """
        if tokens.data.ndim != 2 or tokens.shape[1] > self.max_seq_len:
            raise ValueError(f"GPT needs (batch, at most {self.max_seq_len} tokens), got {tokens.shape}")
        T = tokens.shape[1]
        x = self.token_embedding(tokens) + self.position_embedding(Tensor(np.arange(T)))  # (B, T, C)
        mask = self._create_causal_mask(T)  # (1, T, T)
        for block in self.blocks:
            x = block(x, mask)
        return self.lm_head(self.ln_f(x))  # (B, T, V)

    def _create_causal_mask(self, seq_len):
        """Return the mask that attention understands, that of create_causal_mask: 1 allows, 0 hides."""
        return create_causal_mask(seq_len)

    def generate(self, prompt_tokens, max_new_tokens=50, temperature=1.0):
        """Append max_new_tokens tokens to a prompt (1, T), T at least 1, and return all as a new Tensor of ids.

        Each is drawn by one np.random.choice with the probabilities softmax(logits / temperature), the logits being
        those of the last position: np.random.seed repeats a text, and a temperature near 0 always takes the likeliest.
        Raises ValueError if prompt and new tokens together are more than max_seq_len.
        """
        tokens = prompt_tokens.data
        if tokens.shape[1] + max_new_tokens > self.max_seq_len:
            raise ValueError(f"{tokens.shape[1]} + {max_new_tokens} tokens are more than {self.max_seq_len}")
        for _ in range(max_new_tokens):
            logits = self.forward(Tensor(tokens)).data[0, -1]  # (V,)
            probabilities = Softmax()(Tensor(logits / temperature)).data.astype(np.float64)
            # np.random.choice wants a sum of 1 to eight places, which float32 does not keep.
            chosen = np.random.choice(self.vocab_size, p=probabilities / probabilities.sum())
            tokens = np.append(tokens, [[chosen]], axis=1)  # (1, T + 1)
        return Tensor(tokens)

    def parameters(self):
        """Return those of both embeddings, of every block, of ln_f and of lm_head: 2 + 16 L + 3 Tensors."""
        parts = [self.token_embedding, self.position_embedding, *self.blocks, self.ln_f, self.lm_head]
        return [param for part in parts for param in part.parameters()]
