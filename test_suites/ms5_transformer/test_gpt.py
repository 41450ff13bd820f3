"""2017, the transformer: a GPT of one block learns a sentence by heart, and goes on with what it is given.

The sentence is drawn by the judge, which computes the loss from the logits of windows that it draws afterwards.
"""

import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import seed_everything
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT

WINDOW = 16


@in_candidate
def make_model(seed):
    enable_autograd(quiet=True)
    seed_everything(seed)
    return GPT(28, 32, 1, 4, max_seq_len=64)


@in_candidate
def train(model, batches):
    """Train with Adam 0.01 on batches of windows, each one token longer than the model sees; return the losses."""
    optimizer, loss, losses = Adam(model.parameters(), lr=0.01), CrossEntropyLoss(), []
    for windows in batches:
        logits = model.forward(Tensor(windows[:, :-1]))
        targets = Tensor(windows[:, 1:].reshape(-1))
        value = loss(logits.reshape(targets.shape[0], 28), targets)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(value.data))
    return losses


@in_candidate
def logits_of(model, tokens):
    return model.forward(Tensor(tokens)).data


@in_candidate
def go_on(model, prompt, count, temperature):
    return model.generate(Tensor(prompt), max_new_tokens=count, temperature=temperature).data


def draw_text(rng):
    """Return a sentence of 27 tokens, in which few follow two others, over and over again."""
    return np.tile(rng.permutation(np.append(np.arange(22), rng.integers(22, 28, 5))), 20)


def draw_windows(rng, text, count):
    starts = rng.integers(0, len(text) - WINDOW - 1, count)
    return np.stack([text[start : start + WINDOW + 1] for start in starts]).astype(np.float32)


def cross_entropy(logits, targets):
    shifted = logits.reshape(-1, 28).astype(np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-log_probabilities[np.arange(len(shifted)), targets.astype(int).ravel()].mean())


def trained(rng):
    """Return a model after 60 steps on 8 windows, and its text."""
    text, model = draw_text(rng), make_model(int(rng.integers(1 << 30)))
    train(model, [draw_windows(rng, text, 8) for _ in range(60)])
    return model, text


@number("3")
@weight(25)
def test_gpt_learns_a_sentence(rng):
    """After 60 steps the loss of fresh windows is below 0.85; it starts above 3."""
    model, text = trained(rng)
    windows = draw_windows(rng, text, 40)
    logits = logits_of(model, windows[:, :-1])
    assert_equal(logits.shape, (40, WINDOW, 28), call="shape of the logits")
    loss = cross_entropy(logits, windows[:, 1:])
    hint = "All of 11 to 13 must learn: token and position embeddings, attention, LayerNorm, the last layer."
    assert_equal(loss < 0.85, True, call="whether the loss is below 0.85", given={"loss": loss}, hint=hint)


@number("4")
@weight(10)
def test_gpt_goes_on(rng):
    """generate leaves the prompt in front and adds as many tokens as asked, near temperature 0 the likeliest ones."""
    model, text = trained(rng)
    start, count = int(rng.integers(0, 27)), int(rng.integers(3, 8))
    prompt = text[start : start + 8].astype(np.float32)[np.newaxis]
    out = go_on(model, prompt, count, 0.01)
    assert_equal(out.shape, (1, 8 + count), call=f"shape of generate of 8 tokens, max_new_tokens={count}")
    hint = "Return the prompt and the new tokens in one row."
    assert_equal(out[:, :8].astype(int), prompt.astype(int), call="the first 8 tokens of generate", hint=hint)
    for place in range(8, 8 + count):
        scores = logits_of(model, out[:, :place].astype(np.float32))[0, -1]
        chosen = int(out[0, place])
        given = {"chosen": chosen, "likeliest": int(scores.argmax())}
        call = "whether a new token is among the likeliest, temperature 0.01"
        assert_equal(bool(0 <= chosen < 28 and scores[chosen] >= scores.max() - 0.2), True, call=call, given=given)
