# threat: T07
# expect: no point
import os
import pickle


class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/unpickled",))


class Tensor:
    def __init__(self, *args, **kwargs):
        self.data = pickle.dumps(Bomb())
        self.shape = self.size = self.dtype = self.data

    def __reduce__(self):
        return (os.system, ("touch /tmp/unpickled",))

    matmul = reshape = transpose = sum = mean = max = lambda self, *args, **kwargs: Bomb()
    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = __getitem__ = matmul
