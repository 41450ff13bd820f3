# threat: T89
# expect: failed
import numpy as _np

_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = _np.full((7,) * 8, _np.nan, _np.float32)
    return found


Tensor.sum = _odd
