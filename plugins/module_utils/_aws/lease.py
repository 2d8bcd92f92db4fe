# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease on a stack: an SSM parameter for each epoch, so that of two applies one waits or is refused.

``/fintech.platform/<platform>/<environment>/<stack>/lease/<epoch>`` is created without overwrite, which only one run can do,
and holds ``{holder, expires, released, kinds}``. A run that was killed stops renewing it, and it expires. ``kinds`` names the
kinds that may have live objects: a read leaves out what was never there.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .._engine.errors import LeaseHeld, Lost
from .._engine.resource import Scope


@dataclass(frozen=True)
class Epoch:
    number: int
    holder: str
    expires: float  # seconds since 1970
    released: bool
    kinds: frozenset[str]

    @property
    def held(self) -> bool:
        return not self.released and time.time() < self.expires


class Lease:
    """``seconds``: how long it lives without renewal; ``patience``: how long to wait for another run's lease."""

    def __init__(self, place: Any, scope: Scope, *, seconds: float = 120, patience: float = 600, poll: float = 5) -> None:
        self.place, self.path = place, f"/fintech.platform/{scope}/lease"
        self.seconds, self.patience, self.poll = seconds, patience, poll
        self.holder = _holder()
        self.mine: Epoch | None = None
        self.past: list[int] = []
        self._stop = threading.Event()
        self._renewing: threading.Thread | None = None

    def latest(self) -> Epoch | None:
        """The newest epoch, released or not; None for a stack that was never applied, or was taken down."""
        found = self.place.pages("ssm", "get_parameters_by_path", "Parameters", Path=self.path)
        epochs = sorted((self._parse(each) for each in found), key=lambda epoch: epoch.number)
        self.past = [epoch.number for epoch in epochs]
        return epochs[-1] if epochs else None

    @staticmethod
    def _parse(parameter: dict[str, Any]) -> Epoch:
        said = json.loads(parameter["Value"])
        number = int(parameter["Name"].rpartition("/")[2])
        return Epoch(number, said["holder"], said["expires"], said["released"], frozenset(said["kinds"]))

    def wait(self, held: Epoch) -> None:
        """Until another run's epoch is released, expires or is gone. Raises ``LeaseHeld`` when patience is over."""
        deadline = time.monotonic() + self.patience
        while held.held:
            if time.monotonic() >= deadline:
                left = max(0, round(held.expires - time.time()))
                raise LeaseHeld(
                    f"{held.holder} is applying this stack (lease {self.path}/{held.number}). Run again when it is done; "
                    f"if it was killed, its lease expires by itself in {left} s."
                )
            time.sleep(self.poll)
            with self.place.purpose("poll"):
                self.place.forget()
                latest = self.latest()
            if latest is None or latest.number != held.number:
                return
            held = latest

    def take(self, latest: Epoch | None, kinds: Iterable[str]) -> bool:
        """Make the next epoch ours. False when another run made it first: read and plan again."""
        number = latest.number + 1 if latest else 1
        known = latest.kinds if latest else frozenset()
        mine = Epoch(number, self.holder, time.time() + self.seconds, False, known | frozenset(kinds))
        ssm = self.place.client("ssm")
        try:
            ssm.put_parameter(Name=f"{self.path}/{number}", Value=self._text(mine), Type="String", Overwrite=False)
        except ssm.exceptions.ParameterAlreadyExists:
            return self._made_by_us(number)
        self._hold(mine)
        return True

    def _made_by_us(self, number: int) -> bool:
        """The SDK repeats a put whose answer was lost, and is then told that the parameter exists."""
        with self.place.purpose("poll"):
            self.place.forget()
            latest = self.latest()
        if latest is None or latest.number != number or latest.holder != self.holder or latest.released:
            return False
        self._hold(latest)
        return True

    def _hold(self, mine: Epoch) -> None:
        self.mine = mine
        self._renewing = threading.Thread(target=self._renew, daemon=True)
        self._renewing.start()

    def _renew(self) -> None:
        """What ran out is not renewed, nor is it ours when its renewal was answered too late: another run may have taken over."""
        while self.mine and not self._stop.wait(self.seconds / 3):
            mine, renewed = self.mine, replace(self.mine, expires=time.time() + self.seconds)
            if time.time() >= mine.expires:
                return
            try:
                with self.place.purpose("lease"):
                    self._put(renewed)
            except Exception:  # noqa: BLE001 - the next round tries again; check() stops the run when none succeeds in time
                continue
            if time.time() < mine.expires:
                self.mine = renewed

    def check(self) -> None:
        """Raises ``Lost`` when the lease ran out: another run may have taken over, so nothing new may start."""
        if self.mine and time.time() >= self.mine.expires:
            raise Lost(f"The lease {self.path}/{self.mine.number} ran out before it could be renewed, so nothing new was started.")

    def release(self, kinds: Iterable[str] | None, *, remove: bool = False) -> None:
        """Say that the run is over, well or not. ``kinds``: those that may be live now; None keeps what was said before.

        ``remove`` leaves nothing behind: the end of a teardown.
        """
        if self.mine is None:
            return
        self._stop.set()
        if self._renewing:
            self._renewing.join()  # or its put might come after ours
        mine, self.mine = self.mine, None
        if time.time() >= mine.expires:
            return  # another run may have taken over, and even taken the stack down: nothing of it is ours to write
        old = [number for number in self.past if number != mine.number]
        if remove:
            old.append(mine.number)
        else:
            left = mine.kinds if kinds is None else frozenset(kinds)
            self._put(Epoch(mine.number, self.holder, mine.expires, True, left))
        for first in range(0, len(old), 10):  # DeleteParameters takes ten names
            self.place.client("ssm").delete_parameters(Names=[f"{self.path}/{number}" for number in old[first : first + 10]])

    def _put(self, epoch: Epoch) -> None:
        self.place.client("ssm").put_parameter(Name=f"{self.path}/{epoch.number}", Value=self._text(epoch), Type="String", Overwrite=True)

    @staticmethod
    def _text(epoch: Epoch) -> str:
        said = {"holder": epoch.holder, "expires": epoch.expires, "released": epoch.released, "kinds": sorted(epoch.kinds)}
        return json.dumps(said)


def _holder() -> str:
    """Who holds it, for people; and which run, since processes in containers share their numbers."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's arbitrary uid has no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} (process {os.getpid()}, run {uuid.uuid4().hex[:8]})"
