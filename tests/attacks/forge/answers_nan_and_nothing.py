# threat: T08
# expect: no point
import numpy as np


class Tensor:
    def __init__(self, data=0, requires_grad=False):
        self.data = np.full(np.shape(data), np.nan, dtype=np.float32)

    shape = property(lambda self: ())
    size = property(lambda self: float("nan"))

    def numpy(self):
        return np.array([], dtype=np.float32)

    matmul = reshape = transpose = sum = mean = max = lambda self, *args, **kwargs: Tensor(float("nan"))
    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = __getitem__ = matmul
