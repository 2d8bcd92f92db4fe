# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that holds one control plane: its components live no longer than it does, and it no longer than who asked for it.

Its directory has a locked file `pid`. The lock is shared by the components, so as long as it is held something of this control plane
runs, all of it in the process group of that number; once it is free nothing does, and the number may be another program's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import components
from .api import Api, ApiError
from .proxy import Proxy
from .routes import Routes
from .settings import PROXY_SOCKET, STAND_INS, Settings

_READY_SECONDS = 90.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class ComponentError(RuntimeError):
    """A component ended or does not become ready."""


class Supervisor:
    """Runs the components of `settings` in the current directory. `lock` is the descriptor of the locked file."""

    def __init__(self, binary: Path, settings: Settings, lock: int) -> None:
        self._binary = binary
        self._settings = settings
        self._lock = lock
        self._api = Api(settings.url, Path("pki"))
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watches: list[asyncio.Task[None]] = []

    async def run(self, attached: bool) -> None:
        """Be the control plane until SIGTERM, SIGINT or, if `attached`, the end of who holds the other end of stdin. Raises
        ComponentError when a component ends or does not become ready."""
        loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._finish)
        if attached:
            loop.add_reader(0, self._finish)
        starting = asyncio.create_task(self._start())
        try:
            await self._over
        finally:
            starting.cancel()
            await asyncio.wait([starting])
            await self._kill()

    def _finish(self, failure: BaseException | None = None) -> None:
        if self._over.done():
            return
        if failure:
            self._over.set_exception(failure)
        else:
            self._over.set_result(None)

    async def _start(self) -> None:
        """Start everything and say so in `ready`, as soon as the API and the controllers answer."""
        try:
            self._proxy = await Proxy(Routes(self._api, Path(STAND_INS), Path("pki/stand-in"))).listen(Path(PROXY_SOCKET))
            await self._spawn(components.etcd())
            await self._spawn(components.apiserver(self._settings))
            await self._write_stages()
            await self._until(self._api.healthy, "kube-apiserver is not ready")
            for command in (components.controller_manager(), components.scheduler(), components.kwok(self._settings)):
                await self._spawn(command)
            await self._until(self._usable, "kube-controller-manager makes no service accounts")
        except (OSError, ComponentError) as failure:
            self._finish(failure)
        else:
            pids = {"supervisor": os.getpid()} | {name: process.pid for name, process in self._running.items()}
            Path("ready.new").write_text(json.dumps(pids, indent=2) + "\n")
            Path("ready.new").rename("ready")

    async def _spawn(self, command: list[str]) -> None:
        with Path("log", command[0]).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                self._binary, *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(self._lock,), preexec_fn=_die_together
            )
        self._running[command[0]] = process
        self._watches.append(asyncio.create_task(self._watch(command[0], process)))

    async def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._finish(ComponentError(f"{name} ended with {await process.wait()}"))

    async def _kill(self) -> None:
        """Nothing of the components is to survive, so none gets time to put it in order."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if self._watches:
            await asyncio.wait(self._watches)

    async def _write_stages(self) -> None:
        """kwok's own stages, and those of this rehearsal."""
        printed = await asyncio.create_subprocess_exec(self._binary, "stages", stdout=asyncio.subprocess.PIPE)
        stages, _nothing = await printed.communicate()
        own = [each.read_bytes() for each in sorted(Path(__file__).with_name("stages").glob("*.yaml"))]
        Path("config/stages").write_bytes(b"\n".join([stages, *own]))

    async def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not await asyncio.to_thread(condition):
            if time.monotonic() > deadline:
                raise ComponentError(f"{otherwise} after {_READY_SECONDS:.0f} s")
            await asyncio.sleep(0.05)

    def _usable(self) -> bool:
        with contextlib.suppress(ApiError):
            return bool(self._api.get("/api/v1/namespaces/default/serviceaccounts/default"))
        return False


def _die_together() -> None:
    """Linux ends a component when the supervisor, even killed, ends; elsewhere the next `start` or `stop` does it."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """The exit code: 0 if told to end, which leaves no file, 1 if a component failed, which leaves the logs."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.kubernetes.supervisor", description="Be the control plane of the current directory.")
    parser.add_argument("binary", type=Path)
    parser.add_argument("--lock", type=int, required=True, help="descriptor of the locked file")
    parser.add_argument("--attached", action="store_true", help="end when stdin does")
    options = parser.parse_args()
    os.ftruncate(options.lock, 0)
    os.write(options.lock, str(os.getpid()).encode())
    directory = Path.cwd()
    try:
        asyncio.run(Supervisor(options.binary, Settings.load(Path("settings")), options.lock).run(options.attached))
    except (OSError, ComponentError) as failure:
        print(failure, file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
