# threat: T83
# expect: failed
# says: an integer is longer than it need be
import gc
import struct
import time

import msgpack


def lie(self, *args, **kwargs):
    """Answer for the agent, and then say nothing more."""
    agent = next(each for each in gc.get_objects() if type(each).__name__ == "Conversation")
    body = msgpack.packb([0, agent.call_id, 0, [9, (10**9000).to_bytes(4096, "big")]])
    agent.channel.sendall(struct.pack(">I", len(body)) + body)
    time.sleep(3600)


Tensor.sum = lie
