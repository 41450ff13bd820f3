"""2017, the transformer: words are written backwards, which no position can do without looking at another.

Sequences are drawn by the judge, which keeps the answers of fresh ones and takes the largest logits itself.
"""

import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import seed_everything
from tinytorch.core.activations import ReLU
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.embeddings import Embedding, PositionalEncoding
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import LayerNorm

HINT = "Embedding, positions, attention and LayerNorm must all hand the gradient on: modules 11 to 13."


@in_candidate
def make_network(seed):
    """Return the parts of a block of width 32: vocabulary 10, length 6, 4 heads, a network of 64."""
    enable_autograd(quiet=True)
    seed_everything(seed)
    parts = {"embedding": Embedding(10, 32), "positions": PositionalEncoding(6, 32)}
    parts |= {
        "attention": MultiHeadAttention(32, 4),
        "norm": LayerNorm(32),
        "up": Linear(32, 64),
        "down": Linear(64, 32),
    }
    return parts | {"last_norm": LayerNorm(32), "out": Linear(32, 10)}


@in_candidate
def forward(parts, tokens, attends):
    """(N, 6) to (N, 6, 10)."""
    x = parts["positions"](parts["embedding"](Tensor(tokens)))
    if attends:
        x = x + parts["attention"](x)
    x = parts["norm"](x)
    x = x + parts["down"](ReLU()(parts["up"](x)))
    return parts["out"](parts["last_norm"](x))


@in_candidate
def predict(parts, tokens, attends):
    return forward(parts, tokens, attends).data


@in_candidate
def train(parts, tokens, targets, epochs, attends):
    """Train with Adam 0.005 on batches of 20."""
    params = [param for part in parts.values() for param in part.parameters()]
    optimizer, loss = Adam(params, lr=0.005), CrossEntropyLoss()
    for _ in range(epochs):
        for start in range(0, len(tokens), 20):
            logits = forward(parts, tokens[start : start + 20], attends)
            flat = Tensor(targets[start : start + 20].reshape(-1))
            loss(logits.reshape(flat.shape[0], 10), flat).backward()
            optimizer.step()
            optimizer.zero_grad()


def train_and_predict(rng, epochs, attends):
    """Return the predicted and the right tokens of 100 fresh sequences, after training on 400."""
    parts = make_network(int(rng.integers(1 << 30)))
    tokens, fresh = rng.integers(0, 10, (400, 6)), rng.integers(0, 10, (100, 6))
    train(parts, tokens.astype(np.float32), tokens[:, ::-1].astype(np.float32), epochs, attends)
    logits = predict(parts, fresh.astype(np.float32), attends)
    assert_equal(logits.shape, (100, 6, 10), call="shape of the logits")
    return logits.argmax(axis=2), fresh[:, ::-1]


@number("1")
@weight(50)
def test_fresh_words_are_reversed(rng):
    """After 30 epochs at least 95 of 100 fresh sequences are reversed without a mistake."""
    got, want = train_and_predict(rng, 30, True)
    right = int((got == want).all(axis=1).sum())
    assert_equal(right >= 95, True, call="whether at least 95 of 100 are right", given={"right": right}, hint=HINT)


@number("2")
@weight(15)
def test_attention_is_what_does_it(rng):
    """Without attention fewer than 25 % of the tokens come out right, with it more than 60 % after 15 epochs."""
    got, want = train_and_predict(rng, 15, True)
    share = float((got == want).mean())
    assert_equal(
        share > 0.6, True, call="whether more than 60 % of tokens are right", given={"share": share}, hint=HINT
    )
    got, want = train_and_predict(rng, 15, False)
    share = float((got == want).mean())
    call = "whether fewer than 25 % are right without attention"
    assert_equal(share < 0.25, True, call=call, given={"share": share}, hint="Only attention mixes positions.")
