# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One control plane, as those who need it see it: start, use, stop."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import nodes, pki
from .api import Api
from .binary import binary
from .nodes import Machine, NodeGroup
from .settings import STAND_INS, Settings, write_configuration

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
# What this process started: an attached one ends when its pipe does, so that is held here even if its object goes.
_STARTED: dict[Path, subprocess.Popen[bytes]] = {}


class ControlPlaneError(RuntimeError):
    """A control plane did not do as it was told."""


@dataclass(frozen=True)
class Endpoint:
    """Where a control plane answers: `url` (https), `ca_pem` to check it with, `issuer` of service account tokens, and the path of
    the administrator's kubeconfig."""

    url: str
    ca_pem: bytes
    kubeconfig: Path
    issuer: str


class ControlPlane:
    """The control plane called `name`, all of whose files are in `directory`, its own. Several run side by side. Objects of one
    directory are interchangeable, also between processes.

    `issuer_url` is the issuer of service account tokens (https; default: the API itself), `webhook_url` answers TokenReviews, over
    HTTP or over HTTPS checked against `webhook_ca` (PEM); `service_cidr` and `pod_cidr` are what Services and pods get addresses of."""

    def __init__(
        self,
        name: str,
        directory: Path,
        *,
        issuer_url: str | None = None,
        webhook_url: str | None = None,
        webhook_ca: str | None = None,
        service_cidr: str = "172.20.0.0/16",
        pod_cidr: str = "100.64.0.0/16",
    ) -> None:
        self.name = name
        self.directory = directory.absolute()
        self._issuer_url = issuer_url
        self._webhook = (webhook_url, webhook_ca)
        self._service_cidr = service_cidr
        self._pod_cidr = pod_cidr

    def start(self, *, attached: bool = True) -> Endpoint:
        """Start it and wait until it is usable. `attached` ends it with this process, however that ends; otherwise it runs until
        `stop`. Raises ControlPlaneError if one runs in the directory or it does not come up, BuildError if there is no binary."""
        program = binary()
        lock = self._claim()
        try:
            with socket.socket() as port:
                process = self._spawn(program, lock, port, attached)
        finally:
            os.close(lock)
        self._await_ready(process)
        endpoint = self.endpoint()
        assert endpoint is not None
        return endpoint

    def endpoint(self) -> Endpoint | None:
        """Where it answers, None unless it has come up and still runs."""
        if not (self.directory / "ready").exists() or self._owner() is None:
            return None
        settings = Settings.load(self.directory / "settings")
        return Endpoint(settings.url, (self.directory / "pki" / "ca.crt").read_bytes(), self.directory / "kubeconfig" / "admin", settings.issuer)

    def api(self) -> Api:
        """Its API, as the administrator. Raises ControlPlaneError if it does not run."""
        endpoint = self.endpoint()
        if endpoint is None:
            raise ControlPlaneError(f"The control plane {self.name} does not run in {self.directory}")
        return Api(endpoint.url, self.directory / "pki")

    def ready(self) -> bool:
        """Whether it runs and says that it is ready."""
        return self.endpoint() is not None and self.api().healthy()

    def scale(self, group: NodeGroup, machines: int | Sequence[Machine], *, wait_seconds: float = 15.0) -> list[str]:
        """Give `group` so many nodes, or those of exactly these machines, and wait for them to be Ready; answers their names. What is
        too much is drained and removed. Raises ControlPlaneError."""
        wanted = [group.machine(index) for index in range(machines)] if isinstance(machines, int) else list(machines)
        try:
            return nodes.scale(self.api(), group, wanted, wait_seconds)
        except TimeoutError as late:
            raise ControlPlaneError(f"Node group {group.name} of {self.name}: {late}") from late

    def stand_in(self, namespace: str, service: str, address: str | None) -> None:
        """Let the HTTP server at `address` (`host:port`) answer in place of the pods behind a Service; None lets nobody."""
        place = self.directory / STAND_INS / f"{namespace}.{service}"
        if address is None:
            place.unlink(missing_ok=True)
        else:
            place.with_suffix(".new").write_text(address)
            place.with_suffix(".new").rename(place)

    def memory(self) -> dict[str, int]:
        """The proportional set size of each of its processes in MiB, where the system tells (Linux)."""
        sizes = {}
        for name, pid in json.loads((self.directory / "ready").read_text()).items():
            with contextlib.suppress(OSError):
                found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
                sizes[name] = int(found[1]) // 1024 if found else 0
        return sizes

    def stop(self) -> bool:
        """End it, whatever state it is in, and remove its directory; False if nothing of it ran. Raises ControlPlaneError if something
        survives even SIGKILL."""
        ran = self._end()
        shutil.rmtree(self.directory, ignore_errors=True)
        process = _STARTED.pop(self.directory, None)
        if process:
            process.communicate()
        return ran

    def _claim(self) -> int:
        """The descriptor of the locked file, in an otherwise empty directory."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.directory / "pid", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ControlPlaneError(f"A control plane runs already in {self.directory}") from None
        for left in self.directory.iterdir():
            if left.name != "pid":
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        return lock

    def _spawn(self, program: Path, lock: int, port: socket.socket, attached: bool) -> subprocess.Popen[bytes]:
        """Start the supervisor, which inherits the lock, and a port that is thus reserved while kube-apiserver shares it."""
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        port.bind(("127.0.0.1", 0))
        settings = self._settings(f"https://127.0.0.1:{port.getsockname()[1]}")
        settings.save(self.directory / "settings")
        pki.make(self.directory / "pki", settings.service_address)
        write_configuration(self.directory, settings, list(pki.CLIENTS))
        command = [sys.executable, "-m", "rehearsal.kubernetes.supervisor", str(program), "--lock", str(lock)]
        with (self.directory / "log" / "supervisor").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--attached"] if attached else command,
                cwd=self.directory,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))},
                stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock, port.fileno()),
            )
        _STARTED[self.directory] = process
        return process

    def _settings(self, url: str) -> Settings:
        webhook_url, webhook_ca = self._webhook
        return Settings(
            name=self.name,
            url=url,
            issuer=self._issuer_url or url,
            service_cidr=self._service_cidr,
            pod_cidr=self._pod_cidr,
            webhook_url=webhook_url,
            webhook_ca=webhook_ca,
        )

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not (self.directory / "ready").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                logs = self._logs()
                self.stop()
                raise ControlPlaneError(f"The control plane {self.name} does not come up:\n{logs}")
            time.sleep(0.02)

    def _logs(self) -> str:
        """The ends of the logs, that of the supervisor, which tells the cause, first."""
        paths = sorted((self.directory / "log").glob("*"), key=lambda path: path.name != "supervisor")
        tails = {path.name: path.read_text(errors="replace").splitlines()[-5:] for path in paths}
        return "\n".join(f"{name}: {line}" for name, lines in tails.items() for line in lines)

    def _owner(self) -> int | None:
        """The process group that holds the lock, 0 if that has not told its number yet, None if nothing runs."""
        with contextlib.suppress(FileNotFoundError), (self.directory / "pid").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
        return None

    def _end(self) -> bool:
        """Ask the supervisor to end; what still holds the lock then is killed with the whole group."""
        ran = self._owner() is not None
        if self._signal(signal.SIGTERM, os.kill) or self._signal(signal.SIGKILL, os.killpg):
            return ran
        raise ControlPlaneError(f"Processes of the control plane in {self.directory} do not end")

    def _signal(self, number: int, send: Callable[[int, int], None]) -> bool:
        """Whether, once `number` was sent to the owner, nothing runs any more."""
        deadline, sent = time.monotonic() + _STOP_SECONDS, False
        while (owner := self._owner()) is not None:
            if time.monotonic() > deadline:
                return False
            if owner and not sent:
                sent = True
                try:
                    send(owner, number)
                except ProcessLookupError:
                    return False
            time.sleep(0.02)
        return True
