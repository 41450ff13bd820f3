# threat: T84
# expect: failed
import sys

import msgpack

wire = sys.modules["grader.wire.values"]
honest = wire.encode


def forge(reply, hold, limit):
    wire.encode = honest
    return msgpack.packb([0, reply[0], 0, [10, "<U0", [2**33], b""]])


def lie(self, *args, **kwargs):
    wire.encode = forge


Tensor.sum = lie
