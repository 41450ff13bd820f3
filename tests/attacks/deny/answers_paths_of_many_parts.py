# threat: T89
# expect: failed
# says: too long a one
import gc
import struct
import time

import msgpack


def lie(self, *args, **kwargs):
    """Answer for the agent, and then say nothing more."""
    agent = next(each for each in gc.get_objects() if type(each).__name__ == "Conversation")
    body = msgpack.packb([0, agent.call_id, 0, [0, *([22, "PosixPath", "a/" * 5000] for _ in range(5000))]])
    agent.channel.sendall(struct.pack(">I", len(body)) + body)
    time.sleep(3600)


Tensor.sum = lie
