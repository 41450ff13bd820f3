# threat: T89
# expect: output_exceeded
Tensor.sum = lambda self, *args, **kwargs: ["x" * 10**6] * 10**4
