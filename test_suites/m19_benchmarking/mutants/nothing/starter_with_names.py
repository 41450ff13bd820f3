"""The names alone, every call an error of the expected kind."""

from enum import Enum

DEFAULT_WARMUP_RUNS, DEFAULT_MEASUREMENT_RUNS = 5, 10
OlympicEvent = Enum("OlympicEvent", {name.upper(): name for name in "latency_sprint memory_challenge".split()})


class BenchmarkResult:
    def __init__(self, *args, **kwargs):
        raise ValueError("empty")


Benchmark = BenchmarkSuite = TinyMLPerf = BenchmarkResult
