# threat: T03
# expect: no point
import os

os._exit(0)
