# threat: T82
# expect: failed
import sys

import msgpack

wire = sys.modules["grader.wire.values"]
honest = wire.encode


def forge(reply, hold, limit):
    wire.encode = honest
    return msgpack.packb([0, reply[0], 0, [3, *([9, (k * (2**61 - 1)).to_bytes(12, "big")] for k in range(1, 160_000))]])


def lie(self, *args, **kwargs):
    wire.encode = forge


Tensor.sum = lie
