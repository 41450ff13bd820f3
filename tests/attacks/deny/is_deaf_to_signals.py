# threat: T72
# expect: timed_out crashed
import signal


def deaf(self, *args, **kwargs):
    for number in signal.valid_signals():
        try:
            signal.signal(number, lambda *_: None)
        except (OSError, ValueError):
            pass
    while True:
        pass


Tensor.sum = deaf
