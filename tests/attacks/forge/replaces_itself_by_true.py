# threat: T03
# expect: no point
import os
import sys

for program in ("/bin/true", "/usr/bin/true", sys.executable):
    try:
        os.execv(program, [program, "-c", "pass"])
    except OSError:
        pass
