"""Boxes made by a Docker Engine: one single-use container each, with nothing of the host and no network. Side: worker.

Every isolation option is given explicitly for every container. Optional `ASSAY_DOCKER_RUNTIME=runsc` runs them on gVisor.
Source: Docker Engine API, "Create a container"; docker-py low-level client.
"""

import contextlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import docker.errors
import docker.utils
import requests.exceptions

from grader.errors import SandboxUnavailable
from grader.sandbox import cgroup, processes, seccomp
from grader.sandbox.base import ENVIRONMENT, PYTHON_FLAGS, START, Box, Engine, Launch
from grader.sandbox.limits import Limits
from grader.sandbox.rootfs.runtime import agent_folder
from grader.settings import sandbox_settings

LABEL = "org.assay.box"
TIMEOUT_SECONDS = 60
#: The user ids of boxes whose engine maps them itself, as rootless ones do, and has few to give.
FIRST_MAPPED_UID, MAPPED_UIDS = 1_000, 60_000
_PLACES = {"candidate": ("tree", "/submission"), "judge": ("suite", "/suite")}


@dataclass(frozen=True)
class DockerLaunch(Launch):
    """A started container."""

    client: Any
    container: str

    def adopt(self, kind: str, folder: Path, control: socket.socket, peer_pid: int) -> Box:
        if not processes.is_first_process_of(peer_pid, self._state()["Pid"]):
            raise SandboxUnavailable("a process outside the box answered on its socket")
        return DockerBox(self, kind, folder, control, peer_pid)

    def is_running(self) -> bool:
        return bool(self._state()["Running"])

    def discard(self) -> str:
        state = self._state()
        _remove(self)
        return f"exit status {state['ExitCode']} {state['Error']}".strip()

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.client.inspect_container(self.container)["State"]
        return state


class DockerBox(Box):
    """A box whose first process is process 1 of a container."""

    def __init__(self, launch: DockerLaunch, kind: str, folder: Path, control: socket.socket, init_pid: int) -> None:
        super().__init__(kind, folder, control, init_pid)
        self._launch = launch
        self._group = _group_of(init_pid)

    def kill(self) -> None:
        with contextlib.suppress(PermissionError):
            processes.kill_namespace(self.init_pidfd)
        _remove(self._launch)

    def cpu_seconds(self) -> float | None:
        return self._group.cpu_seconds() if self._group else None

    def oom_kills(self) -> int:
        return self._group.oom_kills() if self._group else 0

    def watch_memory(self) -> cgroup.MemoryWatch | None:
        return self._group.watch_memory() if self._group else None


class Docker(Engine):
    """The engine that a course or a university runs: containers of the local Docker Engine."""

    name = "docker"

    def __init__(self) -> None:
        self._client: Any = None
        self._profile = ""
        self._maps_users = False
        self._settings = sandbox_settings()

    def missing(self) -> list[str]:
        try:
            client = self._connect()
            return [
                f"the image {image} is not there (docker/build makes it)"
                for image in self._settings.images.values()
                if not client.images(name=image)
            ]
        except SandboxUnavailable as problem:
            return [str(problem)]

    def _connect(self) -> Any:
        """Return the low-level client; raises SandboxUnavailable if no engine answers."""
        if self._client is None:
            try:
                self._client = docker.APIClient(
                    timeout=TIMEOUT_SECONDS, version="auto", **docker.utils.kwargs_from_env()
                )
                self._profile = seccomp.PROFILE.read_text(encoding="utf-8")
                options = " ".join(self._client.info()["SecurityOptions"] or ())
                self._maps_users = re.search(r"name=(rootless|userns)", options) is not None
            except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as problem:
                raise SandboxUnavailable(f"no Docker Engine answers ({problem})") from None
        return self._client

    def launch(self, kind: str, folder: Path, limits: Limits, uid: int) -> DockerLaunch:
        client = self._connect()
        if self._maps_users:
            uid = FIRST_MAPPED_UID + uid % MAPPED_UIDS
        try:
            container = client.create_container(
                self._settings.images[kind],
                command=["python3", *PYTHON_FLAGS, "-c", START[kind]],
                user=f"{uid}:{uid}",
                working_dir="/tmp",
                environment=ENVIRONMENT,
                hostname="box",
                network_disabled=True,
                stdin_open=False,
                labels={LABEL: str(os.getpid())},
                host_config=client.create_host_config(**self._host_config(kind, folder, limits)),
            )["Id"]
            launch = DockerLaunch(client, container)
            try:
                client.start(container)
            except BaseException:
                _remove(launch)
                raise
        except (docker.errors.DockerException, requests.exceptions.RequestException) as problem:
            raise SandboxUnavailable(f"the Docker Engine could not start a {kind} box: {problem}") from None
        return launch

    def _host_config(self, kind: str, folder: Path, limits: Limits) -> dict[str, Any]:
        """Return what confines one container."""
        content, place = _PLACES[kind]
        runtime = self._settings.docker_runtime
        memory = limits.memory_bytes + (256 << 20)
        binds = {
            str(agent_folder(kind)): "/opt/assay",
            str(folder / content): place,
            str(folder / "control"): "/run/assay",
        }
        return {
            "binds": {source: {"bind": target, "mode": "ro"} for source, target in binds.items()},
            "network_mode": "none",
            "ipc_mode": "none",
            "cgroupns": "private" if cgroup.is_v2() else None,
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges", f"seccomp={self._profile}"],
            "pids_limit": limits.processes + 8,
            "mem_limit": memory,
            "memswap_limit": memory,
            "nano_cpus": 2_000_000_000,
            "oom_kill_disable": False,
            "tmpfs": {
                "/tmp": f"rw,noexec,nosuid,nodev,mode=1777,size={limits.work_bytes},nr_inodes={limits.work_inodes + 64}"
            },
            "ulimits": [
                docker.types.Ulimit(name="core", soft=0, hard=0),
                docker.types.Ulimit(name="nofile", soft=limits.open_files, hard=limits.open_files),
            ],
            "log_config": docker.types.LogConfig(type="none"),
            "restart_policy": None,
            "init": False,
            "privileged": False,
            **({"runtime": runtime} if runtime else {}),
        }

    def remove_orphans(self) -> None:
        client = self._connect()
        for container in client.containers(all=True, filters={"label": LABEL}):
            if not Path(f"/proc/{container['Labels'][LABEL]}").exists():
                _remove(DockerLaunch(client, container["Id"]))


def _remove(launch: DockerLaunch) -> None:
    """Kill and remove a container; one that is gone already is no error.

    A container that ends between the engine's look at it and the engine's own kill is an error to the engine ("is not
    running"), which then leaves it where it is; asked again, the engine removes it.
    """
    for last in (False, True):
        try:
            launch.client.remove_container(launch.container, force=True, v=True)
        except docker.errors.NotFound:
            return
        except (docker.errors.APIError, requests.exceptions.RequestException) as problem:
            if re.search(r"already in progress|No such container", str(problem)):
                return
            if last or "is not running" not in str(problem):
                raise SandboxUnavailable(f"a container could not be removed: {problem}") from None
        else:
            return


def _group_of(pid: int) -> cgroup.Cgroup | None:
    """Return the control group that the engine made for a container, as far as this host lets it be read."""
    return cgroup.of_process(pid)
