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
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue
from typing import Any

from .errors import Advice, ApplyError, PlatformError
from .plan import Change, LiveByKind, Plan
from .resource import Difference, Kind, Live, Mark, Place, Resource, Scope, Secret, Waiter, containers, differences, marks, uses


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds, and how many at once."""

    first_poll: float = 0.1  # before the first look while waiting; doubles up to ``poll``
    poll: float = 3.0
    retry: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 15, 15)  # pauses before the same call again
    settle: tuple[float, ...] = (0, 0.5, 1, 2, 4)  # before looks for what a lost answer made: reads lag behind creates
    blocked: float = 300.0  # how long a deletion waits for others to let go
    workers: int = 32


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


Steps = Generator["Call | Look", Any, Any]
UNCLEAR = (Advice.RETRY, Advice.REREAD)


def read_live(kinds: Iterable[Kind], place: Any, scope: Scope, known: LiveByKind | None = None, workers: int = Pace.workers) -> LiveByKind:
    """One read per kind, concurrently; kinds in a container as soon as it is read, none where no container is live.

    ``known`` is kept. A kind's container has to be among the kinds or known.
    """
    found = dict(known or {})
    reads: dict[Kind, Future[list[Live]]] = {}

    def read(kind: Kind) -> list[Live]:
        inside = () if kind.within is None else found[kind.within] if kind.within in found else reads[kind.within].result()
        ids = frozenset(live.id for live in inside if live.scope == scope)
        return list(kind.read(place, scope, ids)) if ids or kind.within is None else []

    with ThreadPoolExecutor(workers) as pool:
        # Containers come first: what waits for one takes no worker away from it.
        for kind in sorted(set(kinds) - found.keys(), key=lambda kind: (len(uses(kind)), kind.kind)):
            reads[kind] = pool.submit(read, kind)
        return found | {kind: each.result() for kind, each in reads.items()}


class Executor:
    def __init__(self, place: Place, scope: Scope, *, pace: Pace | None = None, may_start: Callable[[], None] = lambda: None) -> None:
        """``may_start`` raises a ``PlatformError`` when nothing new may be started (the lease was lost)."""
        self.place, self.scope, self.pace, self.may_start = place, scope, pace or Pace(), may_start
        self.going: set[str] = set()  # ids of what the plan removes: a duplicate must not be taken for what was just made

    def apply(self, plan: Plan) -> None:
        """Apply it. Raises ``ApplyError`` with what is done, failed and not started."""
        self.going = {change.live.id for change in plan.steps() if change.live and change.resource is None}
        pool = ThreadPoolExecutor(self.pace.workers)
        try:
            _Run(self, plan, pool).to_the_end()
        finally:
            pool.shutdown(cancel_futures=True)  # of a run that is killed, what is only queued does not start any more

    def look(self, kind: Kind, within: frozenset[str]) -> dict[str, Live]:
        with self.place.purpose("poll"):
            return {live.id: live for live in kind.read(self.place, self.scope, within)}

    def converge(self, change: Change, resource: Resource) -> Steps:
        """Make it, wait for it, update it: what comes next, until nothing differs. After an unclear answer, look again first."""
        waiter, within = change.kind.waiter, containers(resource)
        pauses, pause = iter(self.pace.retry), 0.0
        updated: list[dict[str, Difference]] = []
        while True:
            live, found = resource.live, differences(resource, resource.live)
            if live and waiter and not waiter.is_ready(live) and not (found and live.state in waiter.failed):  # an update may mend it
                resource.live = yield from self._wait(change.kind, waiter, live, within)
                continue
            if live and (not found or found in updated):  # the same again: reads lag behind
                return
            try:
                resource.live = yield Call(partial(self._act, resource, live, found), pause)
                updated += [found] if live else []
                pause = 0.0
            except Exception as error:
                advice, pause = self.place.advise(error), next(pauses, -1.0)
                if advice not in UNCLEAR or pause < 0:
                    raise
                if live or advice is Advice.REREAD:
                    resource.live = yield from self._find(change, live, within)

    def _act(self, resource: Resource, live: Live | None, found: dict[str, Difference]) -> Live:
        if live is None:
            return resource.create(self.place)
        fields = dict(found)
        if tags := fields.pop("tags", None):
            resource.retag(self.place, live, tags.after)
        if fields:
            resource.update(self.place, live, fields)
        return replace(live, state=None)  # to be waited for again

    def _find(self, change: Change, live: Live | None, within: frozenset[str]) -> Steps:
        """The object as it is now; or, once reads show it, a new one that bears the change's name."""
        waiter = change.kind.waiter
        for pause in self.pace.settle:
            seen: dict[str, Live] = yield Look(change.kind, within, pause)
            if live:
                return seen.get(live.id, live)
            named = [each for each in seen.values() if each.name == change.name and each.scope == self.scope and each.id not in self.going]
            found = [each for each in named if waiter is None or waiter.is_live(each)]
            if found:
                return min(found, key=lambda each: each.id)
        return None

    def delete(self, change: Change) -> Steps:
        """Delete it and wait until it is gone; as long as something holds it, try again."""
        kind, live = change.kind, change.live
        if live is None:
            return
        within = frozenset({live.within} if live.within else ())
        deadline, pause = time.monotonic() + self.pace.blocked, 0.0
        while True:
            try:
                yield Call(partial(kind.delete, self.place, live), pause)
                break
            except Exception as error:
                advice = self.place.advise(error)
                if advice is Advice.GONE:
                    break
                if advice is Advice.FAIL:
                    raise
                if time.monotonic() >= deadline:
                    held = "; ".join((yield Call(partial(kind.holders, self.place, live))))
                    by = f" It is held by {held}. Remove that first." if held else ""
                    raise PlatformError(f"{live.id} is still there: {str(error).rstrip('.')}.{by}") from error
                if advice is Advice.REREAD:  # a part of it is out already: what is left to take out?
                    live = yield from self._find(change, live, within)
            pause = self._longer(pause)
        if kind.waiter:
            yield from self._wait(kind, kind.waiter, live, within, gone=True)

    def _wait(self, kind: Kind, waiter: Waiter, live: Live, within: frozenset[str], *, gone: bool = False) -> Steps:
        """Look until it is ready, or gone: at once after an update, which may be through already."""
        found: Live | None = live
        deadline, pause = time.monotonic() + waiter.timeout, self._longer(0) if live.state else 0.0
        while time.monotonic() < deadline:
            step, pause = Look(kind, within, pause), self._longer(pause)
            try:
                found = (yield step).get(live.id)
            except Exception as error:
                if self.place.advise(error) not in UNCLEAR:
                    raise
                continue  # a read that failed for now says nothing
            if gone and (found is None or found.state in waiter.gone):
                return None
            if found and not gone:
                if waiter.is_ready(found):
                    return found
                if found.state in waiter.failed or not waiter.is_live(found):
                    raise PlatformError(f"{live.id} went into state {found.state}. See why, mend or delete it, and run again.")
        raise PlatformError(f"{live.id} is {found.state if found else 'not to be seen'} after {waiter.timeout:g} s.")

    def _longer(self, pause: float) -> float:
        return min(pause * 2 or self.pace.first_poll, self.pace.poll)


class _Run:
    """One apply: the loop of the main thread. Workers make calls, the loop decides."""

    def __init__(self, executor: Executor, plan: Plan, pool: ThreadPoolExecutor) -> None:
        self.executor, self.plan, self.pool = executor, plan, pool
        self.sorter = TopologicalSorter({change: change.requires for change in plan.steps()})
        self.steps: dict[Change, Steps] = {}  # of what was started
        self.waiting: dict[Change, tuple[float, Call | Look]] = {}  # from when on it may go on, and with what
        self.running: dict[Future[Any], list[Change]] = {}
        self.finished: SimpleQueue[Future[Any]] = SimpleQueue()
        self.done: list[Change] = []
        self.failed: dict[Change, Exception] = {}
        self.stopped: PlatformError | None = None

    def to_the_end(self) -> None:
        self.sorter.prepare()
        self._start()
        while self.waiting or self.running:
            self._submit()
            due = min((due for due, _step in self.waiting.values()), default=None)
            with suppress(Empty):
                answered = self.finished.get(timeout=None if due is None else max(0.0, due - time.monotonic()))
                for change in self.running.pop(answered):
                    self._advance(change, answered)
            self._start()
        if self.failed or self.stopped:
            # A traceback is only for what has no secrets that it could quote.
            raise self._error() from next((error for change, error in self.failed.items() if Mark.SECRET not in marks(change.kind).values()), None)

    def _start(self) -> None:
        while not self.failed and not self.stopped and (ready := self.sorter.get_ready()):
            try:
                self.executor.may_start()
            except PlatformError as error:
                self.stopped = error
                return
            for change in ready:
                self.steps[change] = self.executor.converge(change, change.resource) if change.resource else self.executor.delete(change)
                self._advance(change)

    def _submit(self) -> None:
        """Begin what is due. Looks at one kind go together: who waits for a later one is answered too."""
        now = time.monotonic()
        for change, (due, step) in list(self.waiting.items()):
            if due <= now and isinstance(step, Call):
                self._run([change], step.act)
            elif due <= now and isinstance(step, Look) and change in self.waiting:
                looks = {each: look for each, (_due, look) in self.waiting.items() if isinstance(look, Look) and look.kind is step.kind}
                within = frozenset().union(*(look.within for look in looks.values()))
                self._run(list(looks), partial(self.executor.look, step.kind, within))

    def _run(self, changes: list[Change], act: Callable[[], Any]) -> None:
        for change in changes:
            del self.waiting[change]
        future = self.pool.submit(act)
        self.running[future] = changes
        future.add_done_callback(self.finished.put)

    def _advance(self, change: Change, answered: Future[Any] | None = None) -> None:
        """Take the change to its next step, or to its end. What is no ``Exception`` kills the run."""
        steps, error = self.steps[change], answered and answered.exception()
        try:
            step = steps.throw(error) if error else steps.send(answered and answered.result())
        except StopIteration:
            self.done.append(change)
            self.sorter.done(change)
        except Exception as failure:  # noqa: BLE001  it is reported in the end, with what else failed
            self.failed[change] = failure
        else:
            self.waiting[change] = (time.monotonic() + step.after, step)

    def _error(self) -> ApplyError:
        failed = [{**change.heading(), "error": _told(change, error)} for change, error in self.failed.items()]
        not_started = [change.heading() for change in self.plan.changes if change not in self.steps]
        lines = [*(f"Cannot {each['action']} {each['kind']}.{each['name']}: {each['error']}" for each in failed), *filter(None, [self.stopped])]
        lines.append(f"{len(self.done)} changes done, {len(failed)} failed, {len(not_started)} not started. Run again to go on from here.")
        return ApplyError("\n".join(map(str, lines)), done=[change.heading() for change in self.done], failed=failed, not_started=not_started)


def _told(change: Change, error: Exception) -> str:
    """What went wrong, without the secrets that an error may quote."""
    text = str(error) or repr(error)
    for secret in vars(change.resource).values() if change.resource else ():
        if isinstance(secret, Secret) and secret.value:
            text = text.replace(secret.value, str(secret))
    return text
