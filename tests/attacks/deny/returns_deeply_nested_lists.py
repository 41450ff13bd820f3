# threat: T89
# expect: failed output_exceeded
_nested = [[0.0] * 12 for _ in range(10_000)]
for _ in range(58):
    _nested = [_nested]

_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = _nested
    return found


Tensor.sum = _odd
