"""The reference's transformer against one written in float64, its gradients by differences, and what it must not see."""

import numpy as np
import pytest
from tinytorch.core import transformer
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT, MLP, LayerNorm, TransformerBlock, create_causal_mask
from tinytorch.models import transformer as former


@pytest.fixture
def rng():
    return np.random.default_rng(13)


@pytest.fixture(autouse=True)
def _seed():
    np.random.seed(13)


def normalise(x, gamma=1.0, beta=0.0, eps=1e-5):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps) * gamma + beta


def mlp(x, w1, b1, w2, b2):
    hidden = x @ w1 + b1
    return hidden / (1 + np.exp(-1.702 * hidden)) @ w2 + b2


def attend(x, heads, wq, bq, wk, bk, wv, bv, wo, bo):
    """Causal attention of every head in float64."""
    T, C = x.shape[-2:]
    D = C // heads
    q, k, v = x @ wq + bq, x @ wk + bk, x @ wv + bv
    joined = []
    for columns in (slice(h * D, (h + 1) * D) for h in range(heads)):
        scores = q[..., columns] @ k[..., columns].swapaxes(-1, -2) / np.sqrt(D)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True)) * np.tril(np.ones((T, T)))
        joined.append(weights / weights.sum(axis=-1, keepdims=True) @ v[..., columns])
    return np.concatenate(joined, axis=-1) @ wo + bo


def block(x, heads, *params):
    x = x + attend(normalise(x, *params[8:10]), heads, *params[:8])
    return x + mlp(normalise(x, *params[10:12]), *params[12:])


def gpt(ids, heads, *params):
    tokens, positions, *blocks = params[:-3]
    x = tokens[ids] + positions[: ids.shape[1]]
    for start in range(0, len(blocks), 16):
        x = block(x, heads, *blocks[start : start + 16])
    return normalise(x, *params[-3:-1]) @ params[-1]


def randomise(rng, model):
    """Give every parameter normal numbers, and return them in float64."""
    for param in model.parameters():
        param.data = (0.5 * rng.standard_normal(param.shape)).astype(np.float32)
    return [param.data.astype(np.float64) for param in model.parameters()]


def central_differences(function, a, step=1e-5):
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        above, below = a.copy(), a.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (function(above) - function(below)) / (2 * step)
    return gradient


def require_gradients(rng, model, x, formula):
    """Compare the gradients of x and of every parameter with central differences of the formula."""
    arrays, arriving = [x, *randomise(rng, model)], rng.standard_normal(x.shape)
    tensor = Tensor(x, requires_grad=True)
    model(tensor).backward(arriving)
    for which, got in enumerate([tensor, *model.parameters()]):

        def value(moved, which=which):
            return (arriving * formula(*(moved if i == which else a for i, a in enumerate(arrays)))).sum()

        want = central_differences(value, arrays[which])
        assert got.grad == pytest.approx(want, rel=1e-3, abs=1e-3), f"number {which}"


def test_causal_mask():
    mask = create_causal_mask(3)
    assert mask.data.tolist() == [[[1, 0, 0], [1, 1, 0], [1, 1, 1]]]
    assert (mask.data.dtype, mask.requires_grad) == (np.float32, False)
    assert create_causal_mask(1).data.tolist() == [[[1]]]


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 3, 5), (2, 1, 3, 5)])
def test_layer_norm(shape, rng):
    layer, x = LayerNorm(5, eps=1e-3), rng.standard_normal(shape)
    gamma, beta = randomise(rng, layer)
    out = layer(Tensor(x))
    assert out.data == pytest.approx(normalise(x, gamma, beta, eps=1e-3), rel=1e-4, abs=1e-5)
    assert out.data.dtype == np.float32
    assert layer.eps == 1e-3


def test_layer_norm_of_a_constant_row_and_of_a_large_offset(rng):
    layer, x = LayerNorm(64), rng.standard_normal((3, 64))
    assert not layer(Tensor(np.full((2, 64), 7.0))).data.any()
    assert layer(Tensor(x + 1e4)).data == pytest.approx(normalise(x), abs=1e-2)


def test_layer_norm_starts_neutral_and_refuses_other_widths():
    layer = LayerNorm(3)
    assert [p.data.tolist() for p in layer.parameters()] == [[1, 1, 1], [0, 0, 0]]
    assert all(p.requires_grad for p in layer.parameters())
    with pytest.raises(ValueError, match=r"LayerNorm of \(3,\) cannot normalise the last axis of \(2, 4\)"):
        layer(Tensor(np.ones((2, 4))))
    with pytest.raises(ValueError, match="cannot normalise"):
        layer(Tensor(np.ones((2, 1))))


def test_layer_norm_gradients(rng):
    require_gradients(rng, LayerNorm(5), rng.standard_normal((2, 3, 5)), normalise)


def test_layer_norm_passes_nothing_on_of_an_even_gradient(rng):
    x = Tensor(rng.standard_normal((2, 6)), requires_grad=True)
    LayerNorm(6)(x).sum().backward()
    assert np.abs(x.grad).max() < 1e-6


@pytest.mark.parametrize(("hidden", "width"), [(None, 12), (5, 5)])
def test_mlp(hidden, width, rng):
    layer, x = MLP(3, hidden), rng.standard_normal((2, 4, 3))
    params = randomise(rng, layer)
    assert [p.shape for p in params] == [(3, width), (width,), (width, 3), (3,)]
    assert layer(Tensor(x)).data == pytest.approx(mlp(x, *params), rel=1e-4, abs=1e-5)


def test_block(rng):
    layer, x = TransformerBlock(8, 2, mlp_ratio=2.5), rng.standard_normal((2, 5, 8))
    params = randomise(rng, layer)
    assert layer.mlp.hidden_dim == 20
    assert len(params) == 16
    out = layer(Tensor(x), mask=create_causal_mask(5))
    assert out.data == pytest.approx(block(x, 2, *params), rel=1e-3, abs=1e-4)


def test_block_gradients(rng):
    layer = TransformerBlock(4, 2, mlp_ratio=1)
    whole = layer.forward
    layer.forward = lambda x: whole(x, create_causal_mask(3))
    require_gradients(rng, layer, rng.standard_normal((2, 3, 4)), lambda x, *params: block(x, 2, *params))


def test_gpt_is_true_causal_attention(rng):
    model = GPT(11, 8, 2, 4, max_seq_len=6)
    params = randomise(rng, model)
    ids = rng.integers(0, 11, (3, 6))
    assert model(Tensor(ids)).data == pytest.approx(gpt(ids, 4, *params), rel=1e-3, abs=1e-3)
    assert len(params) == 2 + 2 * 16 + 3
    assert model.lm_head.bias is None


def test_gpt_does_not_see_the_future(rng):
    model, ids = GPT(11, 8, 2, 2, max_seq_len=6), rng.integers(0, 10, (1, 6))
    changed = ids.copy()
    changed[0, 3] += 1
    before, after = model(Tensor(ids)).data, model(Tensor(changed)).data
    assert after[:, :3] == pytest.approx(before[:, :3], abs=1e-5)
    assert (np.abs(after - before)[:, 3:].max(axis=-1) > 1e-4).all()


def test_every_parameter_of_gpt_is_trained(rng):
    model, ids = GPT(11, 8, 2, 2, max_seq_len=6), rng.integers(0, 11, (2, 6))
    targets = Tensor(rng.integers(0, 11, 12))
    CrossEntropyLoss()(model(Tensor(ids)).reshape(12, 11), targets).backward()
    key_biases = [block.attention.k_proj.bias for block in model.blocks]
    for param in model.parameters():
        assert param.grad.shape == param.shape
        is_key_bias = any(param is bias for bias in key_biases)
        assert (np.abs(param.grad).max() > 1e-6) is not is_key_bias


@pytest.mark.parametrize("ids", [[1, 2], [[[1]]], [[1, 2, 3, 4, 5]], [[1, 11]], [[-1, 2]]])
def test_gpt_refuses_what_it_cannot_read(ids):
    model = GPT(11, 8, 1, 2, max_seq_len=4)
    assert model(Tensor([[1, 2, 3, 10]])).shape == (1, 4, 11)
    with pytest.raises(ValueError):  # noqa: PT011  the ids are refused by Embedding, in its own words
        model(Tensor(ids))


def test_generate_writes_on_from_the_prompt():
    model, prompt = GPT(5, 8, 1, 2, max_seq_len=40), Tensor([[1.0, 4.0, 2.0]])
    np.random.seed(1)
    first = model.generate(prompt, 37, temperature=2.0)
    np.random.seed(1)
    again = model.generate(prompt, max_new_tokens=37, temperature=2.0)
    assert first.data.tolist() == again.data.tolist()
    assert first.shape == (1, 40)
    assert first.data[0, :3].tolist() == [1, 4, 2] == prompt.data[0].tolist()
    assert set(first.data[0].tolist()) == {0, 1, 2, 3, 4}
    copy = model.generate(prompt, 0)
    assert copy.data.tolist() == prompt.data.tolist()
    assert copy is not prompt
    with pytest.raises(ValueError, match=r"3 \+ 38 tokens are more than 40"):
        model.generate(prompt, 38)


def test_a_cold_generator_takes_the_likeliest():
    model = GPT(7, 8, 1, 2, max_seq_len=12)
    tokens = model.generate(Tensor([[3.0]]), 11, temperature=1e-4).data
    for t in range(1, 12):
        assert tokens[0, t] == model(Tensor(tokens[:, :t])).data[0, -1].argmax()


def test_a_small_gpt_learns_a_text_by_heart():
    text = np.array([[3, 1, 4, 1, 5, 2, 6, 5, 3, 5]])
    model, inputs, targets = GPT(7, 16, 1, 2, max_seq_len=9), Tensor(text[:, :-1]), Tensor(text[0, 1:])
    optimizer, losses = Adam(model.parameters(), lr=0.01), []
    for _ in range(100):
        loss = CrossEntropyLoss()(model(inputs).reshape(9, 7), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.data))
    assert losses[-1] < 0.05 < 1 < losses[0]


def test_constants_and_what_else_is_imported_from_here():
    assert (transformer.BYTES_PER_FLOAT32, transformer.MB_TO_BYTES) == (4, 1048576)
    assert transformer.MultiHeadAttention(4, 2).num_heads == 2


def test_the_former_path_offers_the_same_objects():
    assert former.__all__
    assert all(getattr(former, name) is getattr(transformer, name) for name in former.__all__)
