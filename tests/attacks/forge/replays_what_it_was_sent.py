# threat: T13
# expect: no point
import numpy as np

SEEN = []


class Tensor:
    def __init__(self, data=0, requires_grad=False):
        SEEN.append(np.asarray(data))
        self.shape_wanted = np.shape(data)

    @property
    def data(self):
        for array in reversed(SEEN[:-1]):
            if array.shape == self.shape_wanted:
                return array.astype(np.float64)
        return None

    matmul = reshape = transpose = sum = mean = max = lambda self, *args, **kwargs: self
    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = __getitem__ = matmul
