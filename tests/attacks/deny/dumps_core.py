# threat: T68
# expect: crashed
import ctypes
import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
except ValueError:
    pass
Tensor.sum = lambda self, *args, **kwargs: ctypes.string_at(0)
