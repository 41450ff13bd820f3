# threat: T55
# expect: timed_out crashed out_of_memory
import threading
import time


def bomb(self, *args, **kwargs):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(60,)).start()
        except RuntimeError:
            time.sleep(0.01)


Tensor.sum = bomb
