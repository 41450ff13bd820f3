"""The supervisor: one run of one tree against one suite, watched from outside both boxes. Side: worker.

Imports `sandbox`, `source`, `suite`, `judge` (sentences and limits) and `wire`; imported by the
command line, workers, suite checks and benchmarks.
"""
