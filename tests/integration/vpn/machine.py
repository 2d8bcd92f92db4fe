# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines in miniature: namespaces of network, mounts and processes on this host, with an /etc and a /run of their own.

Nothing of them outlives the test process: the kernel kills their processes with it, and takes namespaces, links and mounts down with the last.
"""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

# A copy of /etc makes every path of a configuration writable as it is, and unseen by the host.
BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
cp -a /etc /mnt/etc
mount --bind /mnt/etc /etc
mount -t tmpfs tmpfs /run
ip link set lo up
echo ready
exec sleep infinity
"""


class Machine:
    """Is there between ``with`` and its end. ``log`` takes what its services print."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._output: IO[str] = stack.enter_context(self.log.open("w"))
            namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
            command = ["setpriv", "--pdeathsig", "KILL", *namespaces, "sh", "-c", BOOT]
            holder = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._output, text=True))
            self._holder = holder
            stack.callback(holder.kill)
            if not holder.stdout or holder.stdout.readline() != "ready\n":
                raise RuntimeError(f"The machine {self.name} did not start:\n{self.log.read_text()}")
            self.pid = int(Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()[0])
            self._enter = ["nsenter", "--target", str(self.pid), "--net", "--mount", "--pid"]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._holder.kill()
        self._stack.close()

    def run(self, command: str, *, stdin: str = "", check: bool = True) -> str:
        """What a command prints. Raises CalledProcessError with its complaint as a note."""
        done = subprocess.run([*self._enter, *shlex.split(command)], input=stdin, capture_output=True, text=True, check=False, timeout=60)
        if check and done.returncode:
            error = subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
            error.add_note(f"{self.name}: {done.stdout}{done.stderr}")
            raise error
        return done.stdout

    def succeeds(self, command: str) -> bool:
        return subprocess.run([*self._enter, *shlex.split(command)], capture_output=True, check=False, timeout=60).returncode == 0

    def serve(self, command: str) -> None:
        """Start a service."""
        service = subprocess.Popen([*self._enter, *shlex.split(command)], stdout=self._output, stderr=subprocess.STDOUT)
        self._stack.callback(service.wait)

    def write(self, path: str, content: str, mode: str = "0644") -> None:
        self.run(f"install -D -m {mode} /dev/stdin {path}", stdin=content)


def connect(one: Machine, other: Machine) -> None:
    """A cable: the device ``outside`` of both."""
    ends = ["outside", "netns", str(one.pid), "type", "veth", "peer", "name", "outside", "netns", str(other.pid)]
    subprocess.run(["ip", "link", "add", *ends], check=True)


def until(true: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for it, and return how long that took."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"Not within {seconds} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - start
