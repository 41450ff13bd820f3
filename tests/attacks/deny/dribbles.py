# threat: T81
# expect: timed_out failed
import os
import time


def dribble(self, *args, **kwargs):
    channels = [fd for fd in range(3, 16) if os.path.exists(f"/proc/self/fd/{fd}")]
    while True:
        for fd in channels:
            try:
                os.write(fd, b"\x00")
            except OSError:
                pass
        time.sleep(0.3)


Tensor.sum = dribble
