# threat: T82
# expect: failed
# says: have the hash of another key
import gc
import struct
import time

import msgpack


def lie(self, *args, **kwargs):
    """Answer for the agent, and then say nothing more."""
    agent = next(each for each in gc.get_objects() if type(each).__name__ == "Conversation")
    numbers = [k * (2**61 - 1) for k in range(8, 160_000)]
    keys = [[9, number.to_bytes(number.bit_length() // 8 + 1, "big")] for number in numbers]
    body = msgpack.packb([0, agent.call_id, 0, [3, *keys]])
    agent.channel.sendall(struct.pack(">I", len(body)) + body)
    time.sleep(3600)


Tensor.sum = lie
