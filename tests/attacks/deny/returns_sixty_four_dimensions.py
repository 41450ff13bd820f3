# threat: T89
# expect: failed output_exceeded
import numpy as _np

_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = _np.zeros((1,) * 64, _np.float32)
    return found


Tensor.sum = _odd
