# threat: T58
# expect: timed_out
import time

Tensor.sum = lambda self, *args, **kwargs: time.sleep(3600)
