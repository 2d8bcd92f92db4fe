# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal as a background process with a state directory: `pid` (locked while it lives), `url` and `log`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .client import Rehearsal, RehearsalError

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0  # control planes take some to end
CLUSTERS = "clusters"  # the folder of control planes; an administrator's kubeconfig is in `<account>-<region>-<cluster>/kubeconfig/admin`


class ProcessError(RuntimeError):
    """The background process did not do as it was told."""


@dataclass(frozen=True)
class BackgroundRehearsal:
    """The rehearsal whose state is kept in `directory`. Its process holds a lock on the file `pid`, so a pid that
    a killed process left behind, and that may be another program's by now, is never taken for it."""

    directory: Path

    @property
    def log(self) -> Path:
        return self.directory / "log"

    def pid(self) -> int | None:
        """The process id, None if it does not run."""
        try:
            with (self.directory / "pid").open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read() or 0) or None
        except FileNotFoundError:
            pass
        return None

    def url(self) -> str | None:
        """Where it answers, None if it does not run (yet)."""
        with contextlib.suppress(FileNotFoundError):
            return (self.directory / "url").read_text().strip() if self.pid() else None
        return None

    def start(self, clusters: str = "none") -> bool:
        """Start it and wait until it answers; False if it ran already. Raises ProcessError with its log if it fails.

        `clusters`: `real` gives EKS clusters control planes, `none` does not.
        """
        if self.pid():
            self._await_answer(None)
            return False
        self._sweep()
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "rehearsal.aws", "run", "--state", str(self.directory.resolve()), "--clusters", clusters]
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env={**os.environ, "PYTHONPATH": path}
            )
        self._await_answer(process)
        return self.pid() == process.pid

    def stop(self) -> bool:
        """End it and remove its files; False if it did not run. Raises ProcessError if it survives even SIGKILL."""
        pid = self.pid()
        if pid:
            self._end(pid)
        self._sweep()
        return pid is not None

    def run(self, clusters: str = "none") -> None:
        """Be the rehearsal, until SIGTERM or SIGINT. Raises ProcessError if another process is it already."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._own()
        from .server import WARM, serve  # only the process itself pays for loading moto

        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        maker = None
        if clusters == "real":
            from .eks.real import real

            maker = real(self.directory.resolve() / CLUSTERS)
        with serve(warm=WARM, clusters=maker) as emulator:
            pending = self.directory / "url.new"
            pending.write_text(emulator.url + "\n")
            pending.rename(self.directory / "url")
            over.wait()

    def _own(self) -> None:
        """Lock the file `pid` for as long as this process lives."""
        descriptor = os.open(self.directory / "pid", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProcessError(f"A rehearsal runs already in {self.directory}") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())

    def _await_answer(self, process: subprocess.Popen[bytes] | None) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            url = self.url()
            if url:
                with contextlib.suppress(RehearsalError):
                    Rehearsal(url).health()
                    return
            if process and process.poll() is not None and not self.pid():
                break
            time.sleep(0.05)
        raise ProcessError(f"The rehearsal in {self.directory} does not answer:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text().splitlines()[-20:])
        return ""

    def _end(self, pid: int) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + _STOP_SECONDS
            while time.monotonic() < deadline:
                if self.pid() != pid:
                    return
                time.sleep(0.02)
        raise ProcessError(f"The process {pid} of the rehearsal in {self.directory} does not end")

    def _sweep(self) -> None:
        """Remove the state files, and the directory if nothing else is in it."""
        for name in ("url", "url.new", "pid", "log"):
            (self.directory / name).unlink(missing_ok=True)
        shutil.rmtree(self.directory / CLUSTERS, ignore_errors=True)  # what a killed process left of its control planes
        with contextlib.suppress(OSError):
            self.directory.rmdir()
