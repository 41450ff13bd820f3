# threat: T76
# expect: passed
import atexit
import threading
import time

atexit.register(time.sleep, 3600)
plain_sum = Tensor.sum


def linger(self, *args, **kwargs):
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return plain_sum(self, *args, **kwargs)


Tensor.sum = linger
