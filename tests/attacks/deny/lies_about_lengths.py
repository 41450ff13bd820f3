# threat: T80
# expect: output_exceeded
import os
import socket
import struct


def lie(self, *args, **kwargs):
    for fd in range(3, 16):
        try:
            os.write(fd, struct.pack(">I", 2**32 - 1))
        except OSError:
            pass
    import time

    time.sleep(3600)


Tensor.sum = lie
