# threat: T50
# expect: over_budget
# measures: memory
import ctypes

PR_SET_DUMPABLE = 4


def work(x):
    copies = [x + n for n in range(12)]
    answer = sum(copy[:2] for copy in copies) / 12
    del copies
    for dumpable in (1, 0):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0)
        for process in ("self", "1", "thread-self"):
            try:
                with open(f"/proc/{process}/clear_refs", "w") as file:
                    file.write("5")
            except OSError:
                pass
    return answer
