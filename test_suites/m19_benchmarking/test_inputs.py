"""The inputs of TinyMLPerf: the seed alone determines them, and every run has one of its own.

The models are the tests' own and keep what they were given; of each input the first 64 numbers are compared.
"""

import time

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import TinyMLPerf
from tinytorch.core.tensor import Tensor


@in_candidate
def run(seed, benchmark, runs, sleeps=(0.0,), name="plain"):
    """Run a benchmark on a model that sleeps as told, call by call; return the result and what the model saw."""
    inputs, spent = [], []

    class Model:
        def forward(self, x):
            began = time.perf_counter()
            array = x.data if isinstance(x, Tensor) else x
            inputs.append(np.array(array))
            time.sleep(sleeps[len(spent) % len(sleeps)] / 1000)
            spent.append((time.perf_counter() - began) * 1000)
            return Tensor(np.ones((1, 10)) / 10)

    model = Model()
    if name:
        model.name = name
    result = TinyMLPerf(seed).run_standard_benchmark(model, benchmark, runs)
    kinds = {key: type(value).__name__ for key, value in result.items()}
    described = [[list(x.shape), str(x.dtype)] for x in inputs]
    return {
        "result": result,
        "kinds": kinds,
        "described": described,
        "spent": spent,
        "heads": [x.ravel()[:64] for x in inputs],
    }


SEED_HINT = "Seed with random_seed + i before you draw the input of run i."


def assert_drawn(seen, whole):
    """Require inputs that look drawn: normals, or whole numbers from 0 to 255 divided by 255; all of them float32."""
    __tracebackhide__ = True
    numbers = np.concatenate(seen["heads"]).astype(np.float64)
    if whole:
        assert_close(numbers * 255, np.round(numbers * 255), rtol=0, atol=1e-3, call="255 times an input of a picture")
        facts = [numbers.min() >= 0, numbers.max() <= 1, numbers.std() > 0.2]
        assert_equal(facts, [True] * 3, call="whether a picture's numbers lie in [0, 1] and are spread out")
    else:
        # Of 300 normals or more: standard errors of 0.06 and 0.04.
        assert_close([numbers.mean(), numbers.std()], [0, 1], rtol=0, atol=0.35, call="mean and deviation of inputs")
    assert_equal({kind for _, kind in seen["described"]}, {"float32"}, call="the dtype of inputs")


@number("18.1")
@weight(1)
@pytest.mark.parametrize("name", ["anomaly_detection", "image_classification"])
def test_same_seed_gives_the_same_inputs(name, rng):
    """Two instances with the same seed give the same inputs: normals for sound, whole numbers / 255 for pictures."""
    seed = int(rng.integers(1, 1000))
    first, second = run(seed, name, 6), run(seed, name, 6)
    assert_drawn(first, name == "image_classification")
    assert_equal(second["heads"], first["heads"], call="the inputs of a second run with the same seed", hint=SEED_HINT)


@number("18.2")
@weight(1)
def test_other_seed_gives_other_inputs(rng):
    """Another seed gives other inputs."""
    seed = int(rng.integers(1, 1000))
    first, other = run(seed, "anomaly_detection", 6), run(seed + 500, "anomaly_detection", 6)
    assert_drawn(first, False)
    assert_drawn(other, False)
    same = [bool((a == b).all()) for a, b in zip(first["heads"], other["heads"], strict=True)]
    assert_equal(any(same), False, call="whether an input is the same with another seed", hint=SEED_HINT)


@in_candidate
def draw_after_making(seed):
    """Make a TinyMLPerf and draw from NumPy's global generator, twice."""
    TinyMLPerf(seed)
    first = float(np.random.random())
    TinyMLPerf(seed)
    return first, float(np.random.random())


@number("18.5")
@weight(0.5)
@visibility("hidden")
def test_the_seed_counts_up(rng):
    """Input i is drawn after seeding with random_seed + i; making a TinyMLPerf seeds NumPy's global generator, too."""
    seed = int(rng.integers(1, 1000))
    first, next_one = run(seed, "anomaly_detection", 3), run(seed + 1, "anomaly_detection", 3)
    assert_drawn(first, False)
    call = "the inputs of runs 1 and 2, against those of runs 0 and 1 with the next seed"
    assert_equal(first["heads"][-2:], next_one["heads"][-3:-1], call=call, hint=SEED_HINT)
    drawn = draw_after_making(seed)
    call = "np.random.random() after TinyMLPerf(seed), twice"
    assert_equal(drawn[1], drawn[0], call=call, hint="np.random.seed(random_seed)")


@number("18.3")
@weight(1)
@visibility("hidden")
def test_every_run_has_an_input_of_its_own(rng):
    """Each timed call gets another input."""
    seen = run(int(rng.integers(1, 1000)), "anomaly_detection", 6)
    assert_drawn(seen, False)
    heads = {head.tobytes() for head in seen["heads"][-6:]}
    assert_equal(len(heads), 6, call="how many of the inputs of six timed calls differ", hint=SEED_HINT)


@number("18.4")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(("runs", "warmups"), [(5, 1), (20, 2)])
def test_warm_up_calls(runs, warmups, rng):
    """First come max(1, num_runs // 10) calls with the first input or inputs, then one for each run."""
    seen = run(int(rng.integers(1, 1000)), "anomaly_detection", runs)
    assert_drawn(seen, False)
    assert_equal(len(seen["heads"]), runs + warmups, call=f"number of calls for num_runs={runs}")
    inputs = seen["heads"][warmups:]
    for call, head in enumerate(seen["heads"][:warmups]):
        known = bool((head == inputs[0]).all() or (head == inputs[call]).all())
        what = f"whether the input of warm-up call {call} is that of run 0 or of run {call}"
        assert_equal(known, True, call=what, hint="Warm up with the first input, or with the first ones in turn.")
