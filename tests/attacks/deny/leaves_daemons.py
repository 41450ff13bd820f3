# threat: T69
# expect: failed
import os
import signal
import time


def leave(self, *args, **kwargs):
    for number in range(3):
        if os.fork() == 0:
            os.setsid()
            for deaf in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(deaf, signal.SIG_IGN)
            if os.fork() == 0:
                time.sleep(3600)
            os._exit(0)
    return None


Tensor.sum = leave
