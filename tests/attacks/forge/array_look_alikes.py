# threat: T07
# expect: no point
import numpy as np


class Liar(np.ndarray):
    def __eq__(self, other):
        return np.True_

    def __getattribute__(self, name):
        if name == "shape":
            return (2, 3)
        return super().__getattribute__(name)

    def tobytes(self, *args, **kwargs):
        return b"\x00" * 24


class Tensor:
    def __init__(self, data=0, *args, **kwargs):
        base = np.asarray(data, dtype=np.float32)
        self.kinds = [base.view(Liar), np.ma.masked_all(base.shape), np.array([object()]), np.recarray((1,), dtype=[("a", "f4")])]
        self.turn = 0

    @property
    def data(self):
        self.turn += 1
        return self.kinds[self.turn % len(self.kinds)]

    def numpy(self):
        return self.data

    matmul = reshape = transpose = sum = mean = max = lambda self, *args, **kwargs: self
    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = __getitem__ = matmul
