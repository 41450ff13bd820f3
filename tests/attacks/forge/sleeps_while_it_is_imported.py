# threat: T36
# expect: no point
import time

time.sleep(3600)
