# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes control planes behind emulated clusters: who makes them, and their starting and ending beside the calls.

`Maker` is the seam: `rehearsal.kubernetes` provides real ones, tests those that only keep a record, and without one a cluster is
only what AWS tells of it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

_LOG = logging.getLogger(__name__)
_PATIENCE = 60.0  # seconds for all of them to end
_NOTHING: Future[None] = Future()
_NOTHING.set_result(None)


@dataclass(frozen=True)
class Wanted:
    """What a control plane is made from. `name` is unique in the rehearsal; the issuer is that of service account tokens, the
    webhook answers a TokenReview, and `bindings` are the RBAC objects that access policies stand for.
    """

    name: str
    version: str
    service_cidr: str
    issuer: str
    webhook_url: str
    bindings: list[dict[str, Any]]


@dataclass(frozen=True)
class Endpoint:
    """Where a control plane answers; `authority` is its certificate authority in PEM."""

    url: str
    authority: bytes


@dataclass(frozen=True)
class Machine:
    """The instance of one node, which is named by its private DNS name."""

    name: str
    zone: str
    address: str
    instance_id: str


@dataclass(frozen=True)
class Nodes:
    """The nodes of a node group. taints: `key`, `value` and `effect` as Kubernetes names it. memory: in MiB."""

    machines: list[Machine]
    labels: Mapping[str, str]
    taints: list[dict[str, str]]
    instance_type: str
    architecture: str
    cpu: int
    memory: int
    pods: int
    kubelet_version: str


class ControlPlane(Protocol):
    """What the emulator does with one. `start` and `stop` take their time, and are called once each, in a thread of their own."""

    def start(self) -> Endpoint:
        """Raises an exception, whose text says why, if it does not become ready."""

    def stop(self) -> None:
        """Ends it, whether or not it was started, and removes all that it has written."""

    def set_nodes(self, groups: Mapping[str, Nodes]) -> None:
        """The nodes that are to be there, by node group; all others go, drained. Returns when they are ready."""

    def bind(self, bindings: list[dict[str, Any]]) -> None:
        """The RBAC objects that access policies stand for from now on; those that are not named go."""


Maker = Callable[[Wanted], ControlPlane]


@dataclass
class Running:
    """A control plane on its way up, up, or on its way down. `nodes`: those that it was told of last, and when it has them."""

    plane: ControlPlane
    nodes: tuple[Mapping[str, Nodes], Future[None]] | None = None
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "control-plane"))
    _started: Future[Endpoint] | None = None
    _stopped: Future[None] | None = None

    def start(self) -> None:
        self._started = self._worker.submit(self.plane.start)

    @property
    def settled(self) -> bool:
        """Whether the start has come to its end, good or bad."""
        return self._started is not None and self._started.done()

    def endpoint(self) -> Endpoint:
        """Raises what the start has raised."""
        assert self._started is not None
        return self._started.result()

    def do(self, task: Callable[[], None]) -> Future[None]:
        """In the plane's own thread: so the tasks come one after the other, and no call waits for them."""
        return self._worker.submit(_logged, task) if self._stopped is None else _NOTHING

    def stop(self) -> None:
        if self._stopped is None:
            self._stopped = self._worker.submit(self.plane.stop)
            self._worker.shutdown(wait=False)

    @property
    def gone(self) -> bool:
        return self._stopped is not None and self._stopped.done()

    def await_end(self, seconds: float) -> None:
        """Raises what the stop has raised, or TimeoutError."""
        assert self._stopped is not None
        self._stopped.result(seconds)


def _logged(task: Callable[[], None]) -> None:
    """Most of those who ask do not wait for the outcome."""
    try:
        task()
    except Exception:
        _LOG.exception("A control plane did not do as it was told")
        raise


class ControlPlanes:
    """All that run in this process. `maker` decides whether clusters have any; `url` is where the emulator answers."""

    def __init__(self) -> None:
        self.maker: Maker | None = None
        self.url = ""
        self._lock = threading.Lock()
        self._running: list[Running] = []

    def start(self, wanted: Wanted) -> Running | None:
        if self.maker is None:
            return None
        running = Running(self.maker(wanted))
        with self._lock:
            self._running = [each for each in self._running if not each.gone] + [running]
        running.start()
        return running

    def stop_all(self) -> None:
        """End all of them, and wait for it."""
        with self._lock:
            ending, self._running = self._running, []
        for each in ending:
            each.stop()
        for each in ending:
            with contextlib.suppress(Exception):
                each.await_end(_PATIENCE)


CONTROL_PLANES = ControlPlanes()
