# threat: T70
# expect: failed crashed
import os
import signal


def kill(self, *args, **kwargs):
    os.kill(-1, signal.SIGKILL)


Tensor.sum = kill
