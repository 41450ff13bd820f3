# threat: T89
# expect: failed timed_out
import itertools

Tensor.sum = lambda self, *args, **kwargs: itertools.count()
