# threat: T89
# expect: failed
_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = "x" * 10_000_000
    return found


Tensor.sum = _odd
