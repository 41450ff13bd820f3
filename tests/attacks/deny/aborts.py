# threat: T03
# expect: crashed
import os

Tensor.sum = lambda self, *args, **kwargs: os.abort()
