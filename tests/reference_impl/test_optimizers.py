"""The reference's optimizers: against recurrences in float64, by hand-worked steps, and by what they leave alone.

The recurrences are written a second time here, from the papers, one scalar at a time.
"""

import math

import numpy as np
import pytest
from tinytorch.core import optimizers
from tinytorch.core.optimizers import SGD, Adam, AdamW, Optimizer
from tinytorch.core.tensor import Tensor

GRADIENTS = [1.5, -0.2, 4.0, -0.01, 0.3, -2.0]


def parameter(*values, requires_grad=True):
    return Tensor(list(values), requires_grad=requires_grad)


def walk(optimizer, param, gradients):
    """Return the first element of param after each step."""
    positions = []
    for gradient in gradients:
        param.grad = np.full(param.shape, gradient, dtype=np.float32)
        optimizer.step()
        positions.append(float(param.data.ravel()[0]))
    return positions


def sgd_by_hand(p, gradients, lr, momentum, weight_decay):
    v, positions = 0.0, []
    for gradient in gradients:
        v = momentum * v + (gradient + weight_decay * p)
        p -= lr * v
        positions.append(p)
    return positions


def adam_by_hand(p, gradients, lr, beta1, beta2, eps, coupled=0.0, decoupled=0.0):
    m = v = 0.0
    positions = []
    for t, gradient in enumerate(gradients, start=1):
        gradient += coupled * p
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient * gradient
        p -= lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps)
        p -= lr * decoupled * p
        positions.append(p)
    return positions


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("weight_decay", [0.0, 0.2])
def test_sgd_follows_its_recurrence(momentum, weight_decay):
    param = parameter(0.7)
    got = walk(SGD([param], lr=0.1, momentum=momentum, weight_decay=weight_decay), param, GRADIENTS)
    assert got == pytest.approx(sgd_by_hand(0.7, GRADIENTS, 0.1, momentum, weight_decay), rel=1e-5)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize(("betas", "eps"), [((0.9, 0.999), 1e-8), ((0.8, 0.95), 1e-3), ((0.0, 0.5), 0.1)])
def test_adam_follows_its_recurrence(betas, eps, weight_decay):
    param = parameter(0.7)
    got = walk(Adam([param], lr=0.1, betas=betas, eps=eps, weight_decay=weight_decay), param, GRADIENTS)
    assert got == pytest.approx(adam_by_hand(0.7, GRADIENTS, 0.1, *betas, eps, coupled=weight_decay), rel=1e-5)


@pytest.mark.parametrize("weight_decay", [0.0, 0.01, 0.3])
def test_adamw_follows_its_recurrence(weight_decay):
    param = parameter(0.7)
    got = walk(AdamW([param], lr=0.1, weight_decay=weight_decay), param, GRADIENTS)
    want = adam_by_hand(0.7, GRADIENTS, 0.1, 0.9, 0.999, 1e-8, decoupled=weight_decay)
    assert got == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_first_step_of_adam_has_size_lr(scale):
    param = parameter(0.0)
    assert walk(Adam([param], lr=0.02), param, [-scale]) == pytest.approx([0.02], rel=1e-4)


def test_adam_corrects_with_one_counter():
    """A gradient that comes first at step 2: m / (1 - 0.9^2) over the root of v / (1 - 0.999^2)."""
    param = parameter(0.0)
    optimizer = Adam([param], lr=1.0)
    optimizer.step()
    want = -(0.1 / 0.19) / math.sqrt(0.001 / 0.001999)
    assert walk(optimizer, param, [2.0]) == pytest.approx([want], rel=1e-4)


def test_defaults():
    params = [parameter(1.0)]
    sgd, adam, adamw = SGD(params), Adam(params), AdamW(params)
    assert (sgd.lr, sgd.momentum, sgd.weight_decay) == (0.01, 0.0, 0.0)
    for optimizer, weight_decay in ((adam, 0.0), (adamw, 0.01)):
        settings = (optimizer.lr, optimizer.beta1, optimizer.beta2, optimizer.eps, optimizer.weight_decay)
        assert settings == (0.001, 0.9, 0.999, 1e-8, weight_decay)
        assert not hasattr(optimizer, "betas")
    assert (optimizers.DEFAULT_LEARNING_RATE_SGD, optimizers.DEFAULT_LEARNING_RATE_ADAM) == (0.01, 0.001)
    assert (optimizers.DEFAULT_MOMENTUM, optimizers.DEFAULT_EPS) == (0.9, 1e-8)
    assert (optimizers.DEFAULT_BETA1, optimizers.DEFAULT_BETA2) == (0.9, 0.999)
    assert optimizers.DEFAULT_WEIGHT_DECAY_ADAMW == 0.01


def test_a_list_of_parameters_is_kept_and_an_iterable_is_listed():
    params = [parameter(1.0), parameter(2.0)]
    assert Optimizer(params).params is params
    kept = Optimizer(param for param in params).params
    assert type(kept) is list
    assert [a is b for a, b in zip(kept, params, strict=True)] == [True, True]
    assert Optimizer([]).params == []


def test_parameters_that_cannot_be_trained_are_refused():
    with pytest.raises(ValueError, match=r"Parameter 1 of shape \(2,\) does not require gradients"):
        SGD([parameter(1.0), parameter(1.0, 2.0, requires_grad=False)])
    with pytest.raises(TypeError):
        SGD(None)
    with pytest.raises(AttributeError):
        SGD([np.ones(2)])


def test_base_class_leaves_step_to_others():
    with pytest.raises(NotImplementedError, match="Optimizer does not implement step"):
        Optimizer([]).step()


@pytest.mark.parametrize("optimizer", [SGD, Adam, AdamW])
def test_steps_are_counted_with_or_without_gradients(optimizer):
    tested = optimizer([parameter(1.0)])
    assert tested.step() is None
    tested.step()
    assert tested.step_count == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda params: SGD(params, momentum=0.9, weight_decay=0.5),
        lambda params: Adam(params, weight_decay=0.5),
        lambda params: AdamW(params, weight_decay=0.5),
    ],
    ids=["SGD", "Adam", "AdamW"],
)
def test_what_a_step_leaves_alone(make):
    """A parameter without gradient, the gradient arrays, and the number type of the parameters."""
    idle, busy = parameter(1.0, 2.0), parameter(1.0, 2.0)
    optimizer = make([idle, busy])
    gradient = np.array([0.3, -0.4])  # float64, as a caller may assign by hand
    for _ in range(2):
        busy.grad = gradient
        optimizer.lr = np.float64(0.1)  # as a schedule may set
        optimizer.step()
    assert gradient.tolist() == [0.3, -0.4]
    assert idle.data.tolist() == [1.0, 2.0]
    assert busy.data.dtype == np.float32
    assert busy.data[0] < 1.0
    optimizer.zero_grad()
    assert idle.grad is None
    assert busy.grad is None
    assert optimizer.step_count == 2


@pytest.mark.parametrize("optimizer", [SGD, Adam, AdamW])
def test_gradients_may_be_tensors(optimizer):
    by_array, by_tensor = parameter(1.0, 2.0), parameter(1.0, 2.0)
    by_array.grad, by_tensor.grad = np.array([0.5, -1.0], dtype=np.float32), Tensor([0.5, -1.0])
    for param in (by_array, by_tensor):
        optimizer([param], lr=0.1).step()
    assert by_tensor.data.tolist() == by_array.data.tolist() != [1.0, 2.0]


def test_a_single_number_stays_an_array():
    param = Tensor(3.0, requires_grad=True)
    optimizer = Adam([param])
    param.grad = np.array(1.0, dtype=np.float32)
    optimizer.step()
    assert type(param.data) is np.ndarray
    assert param.shape == ()


def test_buffers_belong_to_one_parameter_each():
    first, second = parameter(0.0), parameter(0.0)
    optimizer = SGD([first, second], lr=1.0, momentum=0.5)
    first.grad, second.grad = np.array([1.0], dtype=np.float32), np.array([-3.0], dtype=np.float32)
    optimizer.step()
    optimizer.step()
    assert [buffer.tolist() for buffer in optimizer.momentum_buffers] == [[1.5], [-4.5]]
    assert (first.data[0], second.data[0]) == (-2.5, 7.5)


def test_moments_belong_to_one_parameter_each():
    first, second = parameter(0.0), parameter(0.0)
    optimizer = Adam([first, second])
    first.grad, second.grad = np.array([1.0], dtype=np.float32), np.array([-3.0], dtype=np.float32)
    for _ in range(20):
        optimizer.step()
    m, v = 1 - 0.9**20, 1 - 0.999**20
    assert np.ravel(optimizer.m_buffers) == pytest.approx([m, -3 * m], rel=1e-5)
    assert np.ravel(optimizer.v_buffers) == pytest.approx([v, 9 * v], rel=1e-5)


@pytest.mark.parametrize("optimizer", [SGD, Adam, AdamW])
def test_lr_is_read_at_each_step(optimizer):
    param = parameter(0.0)
    tested = optimizer([param], lr=0.5)
    walk(tested, param, [1.0])
    tested.lr = 0.0
    there = param.data.tolist()
    assert walk(tested, param, [1.0, -2.0]) == there * 2 != [0.0, 0.0]


def test_momentum_state_is_copied_both_ways():
    param = parameter(0.0)
    optimizer = SGD([param, parameter(0.0)], lr=1.0, momentum=0.5)
    walk(optimizer, param, [1.0])
    state = optimizer.get_momentum_state()
    state[0][:] = 7.0
    assert optimizer.momentum_buffers[0].tolist() == [1.0]
    optimizer.set_momentum_state(state)
    state[0][:] = 9.0
    assert optimizer.momentum_buffers[0].tolist() == [7.0]
    assert optimizer.momentum_buffers[1] is None


def test_momentum_state_where_there_is_none():
    plain, rolling = SGD([parameter(0.0)]), SGD([parameter(0.0)], momentum=0.9)
    assert (plain.has_momentum(), rolling.has_momentum()) == (False, True)
    assert plain.get_momentum_state() is None
    plain.set_momentum_state([np.ones(1)])
    rolling.set_momentum_state(None)
    assert plain.momentum_buffers == rolling.momentum_buffers == [None]
    with pytest.raises(ValueError, match="Momentum state has 2 entries for 1 parameters"):
        rolling.set_momentum_state([None, None])
