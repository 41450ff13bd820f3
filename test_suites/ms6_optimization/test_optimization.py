"""2018, optimisation: the network of milestone 3 is profiled, quantized, pruned, timed and compared.

Digits are drawn by the judge, which keeps the labels of fresh ones and scores the logits before and after itself.
"""

import itertools
import json
import time

import numpy as np
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import draw_rows, seed_everything
from tinytorch.bench import Benchmark
from tinytorch.capstone import BenchmarkReport, SimpleMLP, generate_submission
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import Compressor
from tinytorch.perf.profiling import Profiler
from tinytorch.perf.quantization import QuantizedLinear, Quantizer


@in_candidate
def make_network(seed, sizes):
    """Return a network with `layers`: a Linear between each two sizes, a ReLU between each two Linears."""
    enable_autograd(quiet=True)
    seed_everything(seed)

    class Network:
        def __init__(self):
            self.layers = []
            for inputs, outputs in itertools.pairwise(sizes):
                self.layers += [Linear(inputs, outputs), ReLU()]
            self.layers.pop()

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

        def parameters(self):
            return [param for layer in self.layers for param in layer.parameters()]

    return Network()


@in_candidate
def train(network, x, labels, epochs):
    """Train with SGD 0.1 on batches of 32."""
    optimizer, loss = SGD(network.parameters(), lr=0.1), CrossEntropyLoss()
    for _ in range(epochs):
        for start in range(0, len(x), 32):
            logits = network.forward(Tensor(x[start : start + 32]))
            loss(logits, Tensor(labels[start : start + 32])).backward()
            optimizer.step()
            optimizer.zero_grad()


@in_candidate
def read(network, x):
    return network.forward(Tensor(x)).data


def trained(rng):
    """Return a network that reads digits, 400 fresh ones with their labels, and the share that it reads rightly."""
    network = make_network(int(rng.integers(1 << 30)), [64, 32, 10])
    x, labels = draw_rows(rng, 1000)
    train(network, x, labels.astype(np.float32), 20)
    fresh, answers = draw_rows(rng, 400)
    before = share_right(network, fresh, answers)
    hint = "This network is that of milestone 3: see there if it does not learn."
    assert_equal(
        before >= 0.8, True, call="whether the network reads at least 80 %", given={"share": before}, hint=hint
    )
    return network, fresh, answers, before


def share_right(network, x, labels):
    logits = read(network, x)
    assert_equal(logits.shape, (len(labels), 10), call="shape of the logits")
    return float((logits.argmax(axis=1) == labels).mean())


@in_candidate
def profile(network, shape):
    profiler = Profiler()
    return [int(profiler.count_parameters(network)), int(profiler.count_flops(network, shape))]


@number("1")
@weight(30)
def test_profile_counts_what_is_there(rng):
    """64-32-10 has 2410 parameters and 4768 FLOPs for one sample; networks of drawn sizes count alike."""
    drawn = [int(size) for size in rng.integers(5, 60, 3)]
    for n, h, v in ((64, 32, 10), drawn):
        got = profile(make_network(1, [n, h, v]), (1, n))
        want = [n * h + h + h * v + v, 2 * n * h + h + 2 * h * v]
        hint = "Biases are parameters; a Linear takes 2 * in * out FLOPs, a ReLU one for each number. Module 14."
        assert_equal(got, want, call=f"[count_parameters, count_flops] of {n}-{h}-{v}", hint=hint)


@in_candidate
def quantize(network):
    """Return the reported ratio, and a network with QuantizedLinear in the place of every Linear."""
    ratio = float(Quantizer.quantize_model(network)["compression_ratio"])
    network.layers = [QuantizedLinear(layer) if isinstance(layer, Linear) else layer for layer in network.layers]
    return ratio, network


@in_candidate
def levels_of(network):
    """Return how many different numbers each quantized weight and bias holds, and how many are no whole numbers."""
    found = []
    for layer in (layer for layer in network.layers if not hasattr(layer, "weight") and hasattr(layer, "q_weight")):
        for q in (layer.q_weight, layer.q_bias):
            array = np.asarray(q.data, dtype=np.float64)
            found.append([len(np.unique(array)), int((array != np.round(array)).sum())])
    return found


@number("2")
@weight(30)
def test_one_byte_a_weight_is_enough(rng):
    """Quantized weights are reported as 4.0 times smaller and hold at most 256 whole numbers; at most 3 % fewer digits are read."""
    network, fresh, answers, before = trained(rng)
    exact = read(network, fresh)
    ratio, quantized = quantize(network)
    assert_close(ratio, 4.0, rtol=0, atol=0.05, call='Quantizer.quantize_model(network)["compression_ratio"]')
    levels = levels_of(quantized)
    few = len(levels) == 4 and all(count <= 256 and broken == 0 for count, broken in levels)
    few = few and all(count > 8 for count, _ in levels[::2])
    assert_equal(few, True, call="whether weights and biases hold up to 256 whole numbers", given={"found": levels})
    after = share_right(quantized, fresh, answers)
    hint = "(q - zero_point) * scale gives weights back to half a step, and the bias likewise. Module 15."
    given = {"before": before, "after": after}
    error = float(np.abs(read(quantized, fresh) - exact).mean() / np.std(exact))
    # Half a step of 1/255 of the range, averaged over the inputs of a layer: about 0.01.
    assert_equal(
        error < 0.05, True, call="whether logits stay within 5 % of their spread", given={"error": error}, hint=hint
    )
    assert_equal(after >= before - 0.03, True, call="whether at most 3 % are lost", given=given, hint=hint)


@in_candidate
def prune(network):
    pruned = Compressor.magnitude_prune(network, 0.5)
    pruned = network if pruned is None else pruned
    return float(Compressor.measure_sparsity(pruned)), pruned


@in_candidate
def parameters_of(network):
    return [np.array(param.data) for layer in network.layers for param in layer.parameters()]


@number("3")
@weight(30)
def test_half_of_the_weights_do(rng):
    """With the smaller half of the weights at 0, and reported so, at most 20 % fewer digits are read."""
    network, fresh, answers, before = trained(rng)
    sparsity, pruned = prune(network)
    arrays = parameters_of(pruned)
    true = 1 - sum(np.count_nonzero(array) for array in arrays) / sum(array.size for array in arrays)
    given = {"reported": sparsity, "true": float(true)}
    fits = 0.45 <= true <= 0.55 and abs(sparsity - true) < 0.01
    assert_equal(bool(fits), True, call="whether 45 to 55 % are 0, and reported so", given=given, hint="Module 16.")
    after = share_right(pruned, fresh, answers)
    given = {"before": before, "after": after}
    hint = "The smallest in size go, whatever their sign."
    assert_equal(after >= before - 0.20, True, call="whether at most 20 % are lost", given=given, hint=hint)


@in_candidate
def time_network(network, milliseconds):
    """Benchmark the network, slowed down by a drawn pause; return the values and what the network took."""
    inner, spent = network.forward, []

    def forward(x):
        began = time.perf_counter()
        time.sleep(milliseconds / 1000)
        out = inner(x)
        spent.append((time.perf_counter() - began) * 1000)
        return out

    network.forward = forward
    (result,) = Benchmark([network], [], 2, 6).run_latency_benchmark((1, 64)).values()
    return [float(value) for value in result.values], spent


@number("4")
@weight(5)
def test_latency_is_measured(rng):
    """A latency benchmark of the network reports six times, in milliseconds, that fit what the network took."""
    values, spent = time_network(make_network(1, [64, 32, 10]), float(rng.uniform(2, 12)))
    assert_equal(len(values), 6, call="number of values with measurement_runs=6")
    fits = min(spent) - 0.05 <= min(values) <= np.median(spent) + 0.5
    given = {"reported": values, "seen by the network": spent}
    assert_equal(bool(fits), True, call="whether the times fit", given=given, hint="Module 19.")


@in_candidate
def compare(x, labels, hidden):
    reports = []
    for size in (32, hidden):
        report = BenchmarkReport(f"64-{size}-10")
        report.benchmark_model(SimpleMLP(64, size, 10), Tensor(x), labels, num_runs=5)
        reports.append(report)
    return json.dumps(generate_submission(*reports))


@number("5")
@weight(5)
def test_submission_compares_two_networks(rng):
    """A submission that compares 64-32-10 with a smaller network survives JSON and has the ratio of their sizes."""
    x, labels = draw_rows(rng, 50)
    hidden = int(rng.integers(6, 20))
    got = json.loads(compare(x, labels, hidden))
    want, call = 2410 / (75 * hidden + 10), f"compression_ratio of 64-32-10 against 64-{hidden}-10"
    assert_close(got["improvements"]["compression_ratio"], want, call=call, hint="Module 20.")
    assert_equal(got["baseline"]["metrics"]["parameter_count"], 2410, call="parameter_count of the baseline")
