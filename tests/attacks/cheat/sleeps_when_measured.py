# threat: T58
# expect: timed_out
# measures: cpu memory
import time


def work(x):
    time.sleep(3600)
