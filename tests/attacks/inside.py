"""Probes: each function runs in a candidate box and returns what it found, as plain values; a test outside judges it.

Nothing here asserts anything: a box's own word is worth nothing, and an assertion in it least of all.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import stat
import time

LIBC = ctypes.CDLL(None, use_errno=True)


def name_of(number):
    return errno.errorcode.get(number, str(number))


def attempt(action):
    """Return "done", or the name of the error that an action met."""
    try:
        action()
    except OSError as problem:
        return name_of(problem.errno)
    except Exception as problem:
        return type(problem).__name__
    return "done"


def walk():
    """Return every path in the box but those of /proc, /sys and the device nodes."""
    found = []
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
        found += [os.path.join(folder, name) for name in (*folders, *files)]
    return found


def environment():
    return dict(os.environ)


def status():
    """Return the kernel's table of this process."""
    with open("/proc/self/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def processes():
    """Return the numbers of all processes to be seen, this one's and its parent's."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()), os.getpid(), os.getppid()


def descriptors():
    """Return the kind of everything that is open here, by number."""
    found = {}
    for number in range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
        attempt(lambda number=number: found.update({number: stat.S_IFMT(os.fstat(number).st_mode)}))
    return found


def families():
    """Return the families and kinds of socket that can be had."""
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)
    return {
        family
        for family in range(64)
        for kind in kinds
        if attempt(lambda family=family, kind=kind: socket.socket(family, kind).close()) == "done"
    }


def connections(paths, port):
    """Return how each connection to a socket's path or abstract name, and to the machine's own addresses, ends."""
    answers = {path: attempt(lambda path=path: socket.socket(socket.AF_UNIX).connect(path)) for path in paths}
    for host in ("127.0.0.1", "169.254.169.254", "::1"):
        answers[host] = attempt(lambda host=host: socket.create_connection((host, port), 1))
    answers["names"] = attempt(lambda: socket.getaddrinfo("example.com", 80))
    return answers


def writable():
    """Return the folders, outside the processes' own, in which a file can be made, and the files that open for writing."""
    folders, files = [], []
    for folder, below, names in os.walk("/"):
        if folder == "/":
            below[:] = [name for name in below if name not in ("proc", "tmp")]
        if (
            attempt(lambda folder=folder: os.close(os.open(os.path.join(folder, "x"), os.O_CREAT | os.O_WRONLY)))
            == "done"
        ):
            folders.append(folder)
        for path in (os.path.join(folder, name) for name in names):
            if (
                attempt(lambda path=path: os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)))
                == "done"
            ):
                files.append(path)
    for folder, _below, names in os.walk("/proc/sys"):
        for path in (os.path.join(folder, name) for name in names):
            if attempt(lambda path=path: os.close(os.open(path, os.O_WRONLY))) == "done":
                files.append(path)
    return folders, files


def system_calls(calls):
    """Return how each call ends; PARENT and INIT in its arguments stand for process numbers."""
    numbers = {"PARENT": os.getppid(), "INIT": 1}
    answers = {}
    for name, number, arguments in calls:
        padded = [ctypes.c_long(numbers.get(argument, argument)) for argument in (arguments + [0] * 6)[:6]]
        ctypes.set_errno(0)
        answers[name] = "done" if LIBC.syscall(ctypes.c_long(number), *padded) != -1 else name_of(ctypes.get_errno())
    return answers


def neighbours():
    """Return how far each way into the memory and the files of another process leads."""
    answers = {}
    for pid in (1, os.getppid()):
        for name in ("mem", "environ", "maps", "fd", "cwd", "root", "io", "stack"):
            path = f"/proc/{pid}/{name}"
            looks = os.listdir if name == "fd" else os.readlink if name in ("cwd", "root") else read_some
            answers[f"{name} of {'init' if pid == 1 else 'parent'}"] = attempt(
                lambda looks=looks, path=path: looks(path)
            )
    return answers


def read_some(path):
    with open(path, "rb") as file:
        return file.read(16)


def device(path):
    """Return what a device gives, or the name of the error that it met."""
    try:
        return read_some(path)
    except OSError as problem:
        return name_of(problem.errno)


def terminal():
    """Return how each way to a terminal ends."""
    return {
        "controlling": attempt(lambda: os.open("/dev/tty", os.O_RDWR)),
        "push": attempt(lambda: fcntl.ioctl(0, 0x5412, b"x")),
        "settings": attempt(lambda: fcntl.ioctl(0, 0x5402, b"\0" * 64)),
        "group": attempt(lambda: os.tcgetpgrp(0)),
    }


def limits():
    """Return the limits that matter, whether they can be raised, and whether memory may be dumped."""
    names = ("CORE", "NPROC", "NOFILE", "FSIZE", "AS", "MEMLOCK")
    numbers = {name: getattr(resource, f"RLIMIT_{name}") for name in names}
    found = {name: resource.getrlimit(number) for name, number in numbers.items()}
    raised = {name: attempt(lambda n=number: resource.setrlimit(n, (-1, -1))) for name, number in numbers.items()}
    return found, raised, LIBC.prctl(3, 0, 0, 0, 0)


def kill_all():
    os.kill(-1, signal.SIGKILL)


def fill_the_box():
    """Start processes until no more can be had, and keep them; return how many there are."""
    count = 0
    while True:
        try:
            if os.fork() == 0:
                time.sleep(3600)
        except OSError:
            return count
        count += 1


def fork_once():
    return attempt(lambda: os.waitpid(os.fork() or os._exit(0), 0))


_kept = []


def leave(mark):
    """Write a mark of bytes wherever another box might look, and keep hold of it."""
    for path in (
        "/tmp/mark",
        "/dev/shm/mark",
        "/dev/mqueue/mark",
        "/run/assay/mark",
        "/submission/mark",
        "/opt/assay/mark",
    ):
        attempt(lambda path=path: _kept.append(_write(path, mark)))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(b"\0" + mark)
    abstract.listen()
    named = socket.socket(socket.AF_UNIX)
    attempt(lambda: named.bind("/run/assay/mark-socket"))
    memory = os.memfd_create("mark")
    os.write(memory, mark)
    pages = mmap.mmap(-1, 4096)
    pages[: len(mark)] = mark
    _kept.extend([abstract, named, memory, pages])
    return [_flag(bit, path) for path, bit in zip(shared_files(), bits(mark), strict=False)]


def _write(path, mark):
    handle = os.open(path, os.O_CREAT | os.O_RDWR)
    os.write(handle, mark)
    return handle


def _flag(bit, path):
    """Mark a file that all boxes see, in every way that needs no writing; return what each way said."""
    if not bit:
        return []
    handle = os.open(path, os.O_RDONLY)
    _kept.append(handle)
    return [
        attempt(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)),
        attempt(lambda: fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)),
        attempt(lambda: fcntl.fcntl(handle, 1024, fcntl.F_RDLCK)),
        attempt(lambda: os.utime(path)),
        attempt(lambda: os.utime("/dev/null")),
    ]


def bits(mark):
    return [byte >> n & 1 for byte in mark for n in range(8)]


def shared_files():
    """Return the files that all boxes of an engine share, in an order on which both sides agree."""
    return sorted(
        os.path.join(folder, name)
        for top in ("/opt/assay", "/usr/lib")
        for folder, _below, names in os.walk(top)
        for name in names
        if os.access(os.path.join(folder, name), os.R_OK)
    )[:512]


def find(length):
    """Look everywhere where a mark of `length` bytes may have been left, and return all that was found."""
    found = []
    for path in (
        "/tmp/mark",
        "/dev/shm/mark",
        "/dev/mqueue/mark",
        "/run/assay/mark",
        "/submission/mark",
        "/opt/assay/mark",
    ):
        attempt(lambda path=path: found.append(read_some(path)))
    attempt(lambda: found.append(read_some("/proc/net/unix")))
    with open("/proc/net/unix") as file:
        found.append(file.read())
    attempt(lambda: socket.socket(socket.AF_UNIX).connect("/run/assay/mark-socket") or found.append("a socket by path"))
    locked = [_is_locked(path) for path in shared_files()[: 8 * length]]
    found.append(bytes(sum(locked[8 * i + n] << n for n in range(8)) for i in range(len(locked) // 8)))
    return found


def _is_locked(path):
    with open(path, "rb") as file:
        free = attempt(lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB))
        return free in ("EAGAIN", "EWOULDBLOCK")


def times_of_devices():
    """Return when each device node was last changed."""
    names = ("null", "zero", "full", "random", "urandom", "tty")
    return {name: os.stat(f"/dev/{name}").st_mtime_ns for name in names if os.path.exists(f"/dev/{name}")}


def touch_devices():
    return {
        name: attempt(lambda name=name: os.utime(f"/dev/{name}")) for name in ("null", "zero", "full", "random", "tty")
    }


def own_mark():
    """Return a mark that is in this process's memory, so that a search that finds nothing can be told from a blind one."""
    _kept.append(bytes.fromhex("a55a") * 16)
    return len(_kept)
