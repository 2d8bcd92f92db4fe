# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk reads and concurrent apply: a change starts when its own dependencies are done.

All pauses, retries and waits of the platform are in this file. A change is a generator of steps. A :class:`Call` runs in a
worker; a :class:`Look` is a read that all changes which look at one kind share. Pauses are kept by the main thread, so that
workers never sleep and a run that is killed ends as soon as its running calls do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue
from typing import Any

from .errors import Advice, ApplyError, PlatformError
from .graph import depth
from .plan import Action, Change, LiveByKind, Plan
from .resource import Kind, Live, Place, Resource, Scope, Secret, differences, references


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds, and how many at once."""

    first_poll: float = 0.25  # before the first look while waiting; doubles up to ``poll``
    poll: float = 3.0
    retry: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 15, 15)  # pauses before the same call again
    settle: tuple[float, ...] = (0, 0.5, 1, 2, 4)  # before looks for what a lost answer made: reads lag behind creates
    blocked: float = 300.0  # how long a deletion waits for others to let go
    workers: int = 16


@dataclass(frozen=True)
class Call:
    act: Callable[[], Any]
    after: float = 0.0


@dataclass(frozen=True)
class Look:
    """Answers the live objects of a kind by id."""

    kind: Kind
    within: frozenset[str]
    after: float = 0.0


Steps = Generator[Call | Look, Any, Any]
UNCLEAR = (Advice.RETRY, Advice.REREAD)


@contextmanager
def _workers(count: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)  # after an error, what is only queued does not start any more


def read_live(kinds: Iterable[Kind], place: Any, scope: Scope, known: LiveByKind | None = None, workers: int = Pace.workers) -> LiveByKind:
    """One read per kind, concurrently; kinds in a container as soon as it is read, none where no container is live.

    ``known`` is kept. A kind's container has to be among the kinds or known.
    """
    found = dict(known or {})
    reads: dict[Kind, Future[list[Live]]] = {}

    def read(kind: Kind) -> list[Live]:
        containers = frozenset[str]()
        if kind.within:
            inside = found[kind.within] if kind.within in found else reads[kind.within].result()
            containers = frozenset(live.id for live in inside if live.scope == scope)
        return list(kind.read(place, scope, containers)) if containers or not kind.within else []

    with _workers(workers) as pool:
        # A container is submitted, and so started, before what waits for it.
        for kind in sorted(dict.fromkeys(kinds), key=depth):
            if kind not in found:
                reads[kind] = pool.submit(read, kind)
        return found | {kind: future.result() for kind, future in reads.items()}


class Executor:
    def __init__(self, place: Place, scope: Scope, *, pace: Pace | None = None, may_start: Callable[[], None] = lambda: None) -> None:
        """``may_start`` raises a ``PlatformError`` when nothing new may be started (the lease was lost)."""
        self.place, self.scope, self.pace, self.may_start = place, scope, pace or Pace(), may_start

    def apply(self, plan: Plan) -> list[Change]:
        """Apply it; answers the changes as they were done. Raises ``ApplyError`` with what is done, failed and not started."""
        with _workers(self.pace.workers) as pool:
            return _Run(self, plan, pool).to_the_end()

    def look(self, kind: Kind, within: frozenset[str]) -> dict[str, Live]:
        with self.place.purpose("poll"):
            return {live.id: live for live in kind.read(self.place, self.scope, within)}

    def steps(self, change: Change) -> Steps:
        if change.resource:
            return self._converge(change, change.resource)
        assert change.live is not None
        return self._delete(change, change.live)

    def _converge(self, change: Change, resource: Resource) -> Steps:
        waiter = change.kind.waiter
        live = resource.live
        if live is None:
            live = yield from self._attempt(lambda: resource.create(self.place), partial(self._find, change))
        ...

    def _attempt(self, act: Callable[[], Any], look: Callable[[], Steps] | None, unclear: tuple[Advice, ...] = (Advice.REREAD,)) -> Steps:
        """Call until it works. After an unclear answer ``look`` comes first: what it finds counts as the answer."""
        pauses = iter(self.pace.retry)
        pause: float | None = 0.0
        while True:
            ...
