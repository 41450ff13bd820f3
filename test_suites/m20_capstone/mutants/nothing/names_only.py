"""The names alone; every call raises what bad input would raise."""


class SimpleMLP:
    def __init__(self, *sizes):
        raise TypeError("no")


BenchmarkReport = generate_submission = save_submission = SimpleMLP
