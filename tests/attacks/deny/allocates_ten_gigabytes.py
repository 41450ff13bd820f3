# threat: T56
# expect: out_of_memory
Tensor.sum = lambda self, *args, **kwargs: np.ones(10 * 2**27)
