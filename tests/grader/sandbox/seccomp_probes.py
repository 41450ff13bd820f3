"""What the seccomp profile must refuse and allow, as programs to run in a box of any engine.

The calls are made by number, with arguments that are wrong for the kernel too: if the filter lets one through, the
answer is another errno than the filter's.
"""

HIGH_BIT = 1 << 32

# Every row: why, and the calls, each with its arguments (none: six zeros).
REFUSED = {
    "other processes": {
        "ptrace": [16, 9999],
        "process_vm_readv": [],
        "process_vm_writev": [],
        "process_madvise": [],
        "pidfd_getfd": [-1],
        "kcmp": [],
        "get_robust_list": [],
    },
    "kernel keys": {"keyctl": [], "add_key": [], "request_key": []},
    "the kernel's newer machinery": {
        "io_uring_setup": [],
        "io_uring_enter": [-1],
        "io_uring_register": [-1],
        "io_setup": [],
        "bpf": [],
        "perf_event_open": [],
        "userfaultfd": [-1],
        "seccomp": [99],
        "fanotify_init": [],
    },
    "mounts": {
        "mount": [],
        "umount2": [],
        "pivot_root": [],
        "move_mount": [-1, 0, -1],
        "open_tree": [-1],
        "fsopen": [],
        "fsconfig": [-1],
        "fsmount": [-1],
        "fspick": [-1],
        "mount_setattr": [-1],
        "chroot": [],
        "quotactl": [],
        "acct": [],
        "swapon": [],
        "swapoff": [],
    },
    "namespaces": {"unshare": [0], "setns": [-1]},
    "the machine": {
        "reboot": [],
        "kexec_load": [],
        "kexec_file_load": [-1],
        "init_module": [],
        "finit_module": [-1],
        "delete_module": [],
        "settimeofday": [],
        "clock_settime": [],
        "adjtimex": [],
        "clock_adjtime": [],
        "sethostname": [],
        "setdomainname": [],
        "syslog": [],
    },
    "shared memory and queues": {
        "shmget": [],
        "shmat": [-1],
        "semget": [],
        "semop": [-1],
        "msgget": [],
        "msgsnd": [-1],
        "mq_open": [],
    },
    "shares of the processor": {
        "sched_setaffinity": [],
        "sched_setscheduler": [],
        "sched_setparam": [],
        "sched_setattr": [],
        "setpriority": [99],
        "ioprio_set": [99],
        "mbind": [],
        "set_mempolicy": [99],
        "migrate_pages": [],
        "move_pages": [],
    },
    "locks and leases on shared files": {
        "flock": [-1, 5],
        **{
            f"fcntl {command}": [-1, command]
            for command in (5, 6, 7, 36, 37, 38, 1024, 1025, 1026, HIGH_BIT | 6)  # locks, leases, notifications
        },
        "inotify_init1": [],
    },
    "the times of files": {"utime": [], "utimes": [], "utimensat": [-1], "futimesat": [-1]},
    "files by handle, devices, the page cache": {
        "preadv2 RWF_NOWAIT": [-1, 0, 0, 0, 0, 8],
        "name_to_handle_at": [-1],
        "open_by_handle_at": [-1],
        "mknodat": [-1],
        "mincore": [1],
        "vmsplice": [-1],
    },
    "identity": {"setuid": [], "setresuid": [], "setgid": [], "setgroups": [], "capset": []},
    "the network, and a family hidden behind a high bit": {
        f"socket {family}": [family, 1]
        for family in (0, 2, 10, 16, 17, 38, 40, HIGH_BIT | 1)  # among them IPv4, IPv6, netlink, packet, crypto, vsock
    },
    "socket pairs of other families": {"socketpair": [2, 1]},
    "new namespaces by clone": {
        f"clone {flag:#x}": [flag | 17]
        for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
    },
    "another personality": {"personality": [0x40000]},
    "limits of another process": {"prlimit64": [1], "prlimit64 behind a high bit": [HIGH_BIT]},
    "the terminal": {
        "ioctl TIOCSTI": [0, 0x5412],
        "ioctl TIOCSTI behind a high bit": [0, HIGH_BIT | 0x5412],
        "ioctl TIOCLINUX": [0, 0x541C],
        "ioctl TCSETS": [0, 0x5402],
    },
}

# Those of them that the kernel refuses with the same errno to whoever is not root outside every namespace.
REFUSED_BY_THE_KERNEL_TOO = {
    *("pivot_root", "move_mount", "fsopen", "fsmount", "fspick", "acct", "swapon", "swapoff", "fanotify_init"),
    *("reboot", "settimeofday", "sethostname", "setdomainname", "syslog", "setgroups", "socket 17"),
}

TRY_CALLS = """
import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
answers = {}
for name, number, arguments in json.loads(sys.argv[1]):
    ctypes.set_errno(0)
    padded = [ctypes.c_long(value) for value in (arguments + [0] * 6)[:6]]
    result = libc.syscall(ctypes.c_long(number), *padded)
    if result == 0 and name.startswith("clone"):
        os._exit(0)
    answers[name] = ctypes.get_errno() if result == -1 else "allowed"
print(json.dumps(answers))
"""

USE_EVERYTHING = """
import asyncio, ctypes, mmap, os, resource, select, signal, socket, subprocess, sys, tempfile, threading
import numpy as np

matrix = np.random.default_rng(0).random((600, 600))
assert abs((matrix @ np.linalg.inv(matrix)).trace() - 600) < 1e-6

thread = threading.Thread(target=np.sort, args=(matrix,))
thread.start(); thread.join()

ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
child = os.fork()
if not child:
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(1, signal.SIGKILL, 0, 0, 0) == 0 and libc.prctl(4, 0, 0, 0, 0) == 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    with tempfile.TemporaryFile() as file:
        file.write(b"handed over"); file.flush()
        socket.send_fds(theirs, [b"x"], [file.fileno()])
    os._exit(5)
descriptor = os.pidfd_open(child)
select.select([descriptor], [], [])
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
_, (received,), _, _ = socket.recv_fds(ours, 1, 1)
assert os.pread(received, 11, 0) == b"handed over"

os.mkdir("folder"); os.symlink("folder", "link"); os.chmod("folder", 0o700); os.rename("folder", "f")
listener = socket.socket(socket.AF_UNIX); listener.bind("path"); listener.listen(); listener.setblocking(False)
memory = os.memfd_create("counted"); os.ftruncate(memory, 4096); mmap.mmap(memory, 4096).write(b"x")
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
assert asyncio.run(asyncio.sleep(0.001, "awaited")) == "awaited"
done = subprocess.run([sys.executable, "-I", "-c", "print('child')"], capture_output=True, check=True)
assert done.stdout == b"child\\n"
assert os.sched_getaffinity(0) and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss and os.isatty(0) in (True, False)
print("all of it works")
"""

CALL_BY_THE_32_BIT_TABLE = """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20 (getpid); int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("allowed")
"""
