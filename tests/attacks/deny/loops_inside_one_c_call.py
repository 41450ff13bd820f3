# threat: T57
# expect: timed_out
Tensor.sum = lambda self, *args, **kwargs: 9 ** 9 ** 9 ** 9
