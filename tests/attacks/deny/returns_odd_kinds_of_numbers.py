# threat: T89
# expect: failed
import numpy as _np

_honest = Tensor.sum


def _odd(self, *args, **kwargs):
    found = _honest(self, *args, **kwargs)
    found.data = [_np.float16("nan"), _np.longdouble(1), _np.datetime64("NaT"), _np.void(b"x"), _np.array(1, ">f4")[()]]
    return found


Tensor.sum = _odd
