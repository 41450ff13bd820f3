"""GPT.generate: a model writes on, one token at a time.

Always true: a model is made that knows a rule, without any block. Every token's vector is a direction of its own, and so
large that positions do not count; lm_head scores highest the token that the rule says comes next. So what it writes is known
beforehand. New tokens are the last of what comes back.
"""

import sys

import numpy as np
import pytest
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT

V, C, LONGEST = 10, 16, 240


@in_candidate
def set_seed(seed):
    """Seed NumPy's global generator, and the generator that a module may have of its own."""
    np.random.seed(seed)
    for name, module in list(sys.modules.items()):
        if name.startswith("tinytorch") and hasattr(module, "rng"):
            module.rng = np.random.default_rng(seed)


def make_rule_follower(rng, following):
    """Return a GPT that continues token i with following[i]: its logit is 80, and that of any other near 0."""
    model = GPT(V, C, 0, 2, max_seq_len=LONGEST)
    directions = np.linalg.qr(np.column_stack([np.ones(C), rng.standard_normal((C, C - 1))]))[
        0
    ].T  # the first is constant
    codes = directions[1 : V + 1]  # of mean 0 and length 1, orthogonal: LayerNorm leaves their directions alone
    model.token_embedding.weight.data = (100 * codes).astype(np.float32)
    model.position_embedding.weight.data = (rng.standard_normal((LONGEST, C)) / 10).astype(np.float32)
    head = np.zeros((C, V))
    for token, after in enumerate(following):
        head[:, after] += 20 * codes[token]  # LayerNorm gives length 4, the root of C
    model.lm_head.weight.data = head.astype(np.float32)
    return model


def draw_cycle(rng):
    """Draw a rule that goes through all tokens before it repeats."""
    order = rng.permutation(V)
    following = np.empty(V, dtype=int)
    following[order] = np.roll(order, -1)
    return following


def follow(following, token, count):
    written = []
    for _ in range(count):
        token = following[token]
        written.append(token)
    return written


def require_rule(rng, count=8):
    """Require that generate writes what the model's rule says: what no constant and no chance gives.

    What the rule says of the first position will do, and what is written in front of the prompt: which position is read, and
    where the tokens belong, are matters of checks 25 and 22.
    """
    __tracebackhide__ = True
    following = draw_cycle(rng)
    model, prompt = make_rule_follower(rng, following), rng.permutation(V)[None, :5]
    out = model.generate(Tensor(prompt), count, temperature=0.5).data
    written = np.asarray(out)[..., -count:].ravel().astype(int).tolist()
    at_the_front = np.asarray(out)[..., :count].ravel().astype(int).tolist()
    if written == [int(following[prompt[0, 0]])] * count or at_the_front == [int(following[prompt[0, -1]])] * count:
        return
    want = follow(following, prompt[0, -1], count)
    hint = "Feed everything so far, and choose by the logits of the last position."
    call = f"the last {count} tokens of generate(prompt, {count}), the model being sure of each"
    assert_equal(written, [int(t) for t in want], call=call, hint=hint)


@number("22.1")
@weight(3)
def test_prompt_and_new_tokens(rng):
    """generate returns a Tensor (1, T + new): the prompt first, unchanged, then the new tokens; the prompt itself stays."""
    require_rule(rng)
    model = make_rule_follower(rng, draw_cycle(rng))
    tokens = rng.integers(0, V, (1, 6))
    prompt = Tensor(tokens)
    out = model.generate(prompt, max_new_tokens=9)
    assert isinstance(out, Tensor), f"generate must return a Tensor, got {type(out).__name__}."
    hint = "Append every new token to what there is, and return all of it."
    assert_shape(out.shape, (1, 15), call="generate(prompt, 9).shape, the prompt having 6 tokens", hint=hint)
    assert_close(out.data[:, :6], tokens, rtol=0, atol=0, call="the first 6 tokens of generate(prompt, 9)", hint=hint)
    assert_close(prompt.data, tokens, rtol=0, atol=0, call="prompt.data after generate", hint="Write into a copy.")


@number("22.2")
@weight(1)
@visibility("hidden")
def test_no_new_tokens(rng):
    """With 0 new tokens generate returns the prompt's tokens in a Tensor of their own."""
    require_rule(rng)
    model, tokens = make_rule_follower(rng, draw_cycle(rng)), rng.integers(0, V, (1, 4))
    prompt = Tensor(tokens)
    out = model.generate(prompt, 0)
    assert_close(out.data, tokens, rtol=0, atol=0, call="generate(prompt, 0)", hint="Nothing is appended.")
    out.data = np.zeros((1, 4), dtype=np.float32)
    assert_close(prompt.data, tokens, rtol=0, atol=0, call="prompt.data after the result was changed")


@number("22.3")
@weight(1)
@visibility("hidden")
def test_fifty_new_tokens_by_default(rng):
    """Without max_new_tokens there are 50 new tokens."""
    require_rule(rng)
    model, tokens = make_rule_follower(rng, draw_cycle(rng)), rng.integers(0, V, (1, 3))
    new = model.generate(Tensor(tokens)).data.size
    assert new in (50, 53), f"generate(prompt) must write 50 new tokens, got {new} tokens with those of the prompt."


@number("23")
@weight(3)
def test_a_high_temperature_reaches_every_token(rng):
    """Ids are whole numbers from 0 to V-1; a temperature of 10,000 makes all tokens alike, and 130 draws reach each of them."""
    require_rule(rng)
    token = int(rng.integers(V))
    model = make_rule_follower(rng, np.full(V, token))  # which is sure of one token only
    set_seed(int(rng.integers(2**31)))
    out = np.asarray(model.generate(Tensor([[float(token)]]), 130, temperature=1e4).data)[..., -130:].ravel()
    hint = "Divide the logits by the temperature before softmax, and draw by np.random.choice."
    call = "tokens that generate(prompt, 130, temperature=10000) writes"
    assert_equal(set(out.tolist()), {float(t) for t in range(V)}, call=call, hint=hint)


@number("24")
@weight(2)
@visibility("hidden")
def test_the_seed_repeats_a_text(rng):
    """The same seed writes the same tokens again, another seed others."""
    require_rule(rng)
    model, seed = make_rule_follower(rng, draw_cycle(rng)), int(rng.integers(2**31))
    texts = []
    for value in (seed, seed, seed + 1):
        set_seed(value)
        texts.append(np.asarray(model.generate(Tensor([[1.0, 2.0]]), 25, temperature=200.0).data)[..., -25:].ravel())
    hint = "Draw each token by np.random.choice, NumPy's global generator, and seed nothing yourself."
    assert_equal(texts[1], texts[0], call="tokens of generate after the same seed", hint=hint)
    differing = int((texts[2] != texts[0]).sum())
    assert differing > 5, f"Another seed must write other tokens, {differing} of 25 differ. {hint}"


@number("25")
@weight(4)
def test_a_low_temperature_takes_the_likeliest(rng):
    """At a temperature of 0.001 each token has the highest of the model's own logits at the last position so far."""
    require_rule(rng)
    model = GPT(V, C, 2, 2, max_seq_len=14)  # which 4 and 10 tokens fill
    model.lm_head.weight.data = (5 * rng.standard_normal((C, V))).astype(np.float32)
    prompt = rng.integers(0, V, (1, 4)).astype(float)
    new = np.asarray(model.generate(Tensor(prompt), 10, temperature=1e-3).data)[..., -10:].reshape(1, 10)
    text = np.concatenate([prompt, new], axis=1)
    for t in range(4, 14):
        logits = model(Tensor(text[:, :t])).data[0, -1]
        behind = float(logits.max() - logits[int(text[0, t])])
        hint = "Feed all tokens so far, take the last position's logits, divide by the temperature, then softmax."
        assert behind < 0.05, (
            f"Token {t}: another token's logit is {behind:.2f} higher than that of the one chosen. {hint}"
        )


@number("26")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize("new", [240, 300])
def test_texts_that_are_too_long(rng, new):
    """Without points: prompt and new tokens that are far more than max_seq_len together are a ValueError."""
    require_rule(rng)
    model = make_rule_follower(rng, draw_cycle(rng))
    try:
        model.generate(Tensor(rng.integers(0, V, (1, 5))), new)
    except ValueError:
        return
    raise AssertionError(f"generate with 5 + {new} tokens and max_seq_len {LONGEST} must raise ValueError.")
