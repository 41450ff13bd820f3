# threat: T83
# expect: failed
import sys

import msgpack

wire = sys.modules["grader.wire.values"]
honest = wire.encode


def forge(reply, hold, limit):
    wire.encode = honest
    return msgpack.packb([0, reply[0], 0, [9, (10**9000).to_bytes(4096, "big")]])


def lie(self, *args, **kwargs):
    wire.encode = forge


Tensor.sum = lie
