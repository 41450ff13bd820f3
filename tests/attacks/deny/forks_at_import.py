# threat: T36
# expect: passed
import os
import time

if os.fork() == 0:
    time.sleep(3600)
