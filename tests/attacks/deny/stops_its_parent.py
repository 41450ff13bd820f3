# threat: T70
# expect: failed crashed
import os
import signal


def stop(self, *args, **kwargs):
    os.kill(os.getppid(), signal.SIGSTOP)
    os.kill(1, signal.SIGSTOP)
    os.kill(1, signal.SIGKILL)


Tensor.sum = stop
