# threat: T89
# expect: failed output_exceeded
import numpy as _np

_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = [_np.zeros(3, _np.float32)] * 50_000 + [_np.zeros(2)]
    return found


Tensor.sum = _odd
