# threat: T58
# expect: passed
import sys
import time

zygote = sys.modules["grader.candidate.__main__"]
plain = zygote.unpack


def dawdle(*args):
    time.sleep(3600)
    return plain(*args)


zygote.unpack = dawdle
