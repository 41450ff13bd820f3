# threat: T89
# expect: output_exceeded out_of_memory
import numpy as _np

_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = _np.zeros(10**8, _np.int8)
    return found


Tensor.sum = _odd
