# threat: T58
# expect: timed_out
import os
import signal

Tensor.sum = lambda self, *args, **kwargs: os.kill(os.getpid(), signal.SIGSTOP)
