# threat: T57
# expect: timed_out
import re

Tensor.sum = lambda self, *args, **kwargs: re.match(r"(a+)+$", "a" * 64 + "b")
