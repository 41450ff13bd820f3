# threat: T89
# expect: failed
import sys

import msgpack

wire = sys.modules["grader.wire.values"]
honest = wire.encode


def forge(reply, hold, limit):
    wire.encode = honest
    return msgpack.packb([0, reply[0], 0, [7, 0, 2**62, 1]])


def lie(self, *args, **kwargs):
    wire.encode = forge


Tensor.sum = lie
