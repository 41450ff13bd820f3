# threat: T03
# expect: crashed
# measures: cpu memory
import os


def work(x):
    os._exit(0)
