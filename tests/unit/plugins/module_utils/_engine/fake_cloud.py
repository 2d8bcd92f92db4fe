# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small cloud in memory, with what makes real ones hard: states, lag, conflicts, blocked deletions, and faults on call."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, auto
from typing import Any


class CloudError(Exception):
    """What the cloud answers, or that it did not."""


class Refused(CloudError):
    pass


class Throttled(CloudError):
    pass


class AnswerLost(CloudError):
    pass


class NotThere(CloudError):
    pass


class ThereAlready(CloudError):
    pass


class InUse(CloudError):
    pass


class Killed(BaseException):
    """The process ends here: nothing that the engine could handle."""


class Fault(Enum):
    FAIL = auto()
    THROTTLE = auto()
    LOSE_BEFORE = auto()  # the request never arrives
    LOSE_AFTER = auto()  # it has its effect, and the answer is lost
    KILL_BEFORE = auto()
    KILL_AFTER = auto()


RAISED: Mapping[Fault, type[BaseException]] = {
    Fault.FAIL: Refused,
    Fault.THROTTLE: Throttled,
    Fault.LOSE_BEFORE: AnswerLost,
    Fault.LOSE_AFTER: AnswerLost,
    Fault.KILL_BEFORE: Killed,
    Fault.KILL_AFTER: Killed,
}


@dataclass
class Thing:
    id: str
    kind: str
    values: dict[str, Any]
    tags: dict[str, str]
    within: str | None = None
    default: bool = False  # made with its container, and deleted with it
    loose: tuple[str, ...] = ()  # fields whose references do not keep what they refer to
    state: str = "ready"
    calls: int = 0  # how many more calls until the state that is coming
    coming: str = "ready"
    unseen: int = 0  # how many more reads do not show it

    def holds(self) -> set[str]:
        """The ids of what cannot be deleted before it."""
        named = {each for name, value in self.values.items() if name not in self.loose for each in strings(value)}
        return named - {self.within} if self.default else named | ({self.within} if self.within else set())


class Cloud:
    """``slow``: calls until a state settles; ``lag``: reads that do not show what was just made."""

    def __init__(self, *, slow: int = 0, lag: int = 0) -> None:
        self.things: dict[str, Thing] = {}
        self.slow, self.lag = slow, lag
        self.calls: list[str] = []  # every attempt, in the order of arrival
        self.faults: list[tuple[Callable[[int, str], bool], Fault, int]] = []
        self.fails_to_settle: set[str] = set()  # kinds whose new things end in state failed
        self.at_call: Callable[[str], object] = lambda operation: None
        self.dead = False
        self._tokens: dict[str, Thing] = {}
        self._numbers: dict[str, int] = {}
        self._lock = threading.RLock()

    def __deepcopy__(self, memo: dict[int, Any]) -> Cloud:
        """The same things and ids; no calls, no faults, alive."""
        twin = Cloud(slow=self.slow, lag=self.lag)
        twin.things, twin._numbers = copy.deepcopy(self.things), dict(self._numbers)
        return twin

    def inject(self, fault: Fault, operation: str = "", *, call: int | None = None, times: int = 1) -> None:
        """At call number ``call`` (from 1), or at the first calls whose ``Operation name`` starts so."""
        self.faults.append((lambda number, said: number == call if call else said.startswith(operation), fault, times))

    def call(self, operation: str, effect: Callable[[], Any], *, attempts: int = 2) -> Any:
        """As an SDK does it: a lost answer is asked for again, unless a single attempt is all that is safe."""
        for last in (number == attempts for number in range(1, attempts + 1)):
            try:
                return self._attempt(operation, effect)
            except AnswerLost:
                if last:
                    raise
        raise AssertionError("no attempts")

    def _attempt(self, operation: str, effect: Callable[[], Any]) -> Any:
        with self._lock:
            if self.dead:
                raise Killed(operation)
            self.calls.append(operation)
            self._pass_time()
            fault = self._fault(len(self.calls), operation)
        self.at_call(operation)
        if fault and fault not in (Fault.LOSE_AFTER, Fault.KILL_AFTER):
            raise RAISED[fault](f"{operation}: {fault.name.lower()}")
        with self._lock:
            answer = copy.deepcopy(effect())
        if fault:
            raise RAISED[fault](f"{operation}: {fault.name.lower()}")
        return answer

    def _fault(self, number: int, operation: str) -> Fault | None:
        for index, (hit, fault, times) in enumerate(self.faults):
            if times and hit(number, operation):
                self.faults[index] = (hit, fault, times - 1)
                self.dead = fault in (Fault.KILL_BEFORE, Fault.KILL_AFTER)
                return fault
        return None

    def add(self, kind: str, values: Mapping[str, Any], tags: Mapping[str, str], *, token: str = "", settles: bool = False, **more: Any) -> Thing:
        """What a create call does. ``settles``: it is pending first."""
        if token in self._tokens:
            return self._tokens[token]
        self.need(*strings(dict(values)), *filter(None, [more.get("within")]))
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        thing = Thing(id=more.pop("id", f"{kind}-{number:04}"), kind=kind, values=dict(values), tags=dict(tags), **more)
        thing.unseen = 0 if thing.default else self.lag
        if settles:
            thing.state, thing.calls = "pending", self.slow
            thing.coming = "failed" if kind in self.fails_to_settle else "ready"
        self.things[thing.id] = thing
        if token:
            self._tokens[token] = thing
        return thing

    def need(self, *ids: str) -> None:
        for each in ids:
            if re.fullmatch(r"[a-z]+-\d{4}", each) and each not in self.things:
                raise NotThere(f"{each} does not exist")

    def get(self, identifier: str) -> Thing:
        self.need(identifier)
        if identifier not in self.things:
            raise NotThere(f"{identifier} does not exist")
        return self.things[identifier]

    def set(self, identifier: str, name: str, value: Any) -> None:
        self.need(*strings(value))
        self.get(identifier).values[name] = value

    def remove(self, identifier: str, *, settles: bool = False) -> None:
        """What a delete call does. ``settles``: it is deleting first."""
        thing = self.get(identifier)
        held = self.holders(identifier)
        if held:
            raise InUse(f"{identifier} is in use")
        if settles:
            thing.state, thing.calls, thing.coming = "deleting", self.slow, "gone"
        else:
            self._vanish(thing)

    def holders(self, identifier: str) -> list[str]:
        return sorted(each.id for each in self.things.values() if identifier in each.holds() and each.id != identifier)

    def _vanish(self, thing: Thing) -> None:
        for each in [thing, *(each for each in self.things.values() if each.within == thing.id)]:
            self.things.pop(each.id)

    def describe(self, kind: str, within: frozenset[str] | None = None) -> list[Thing]:
        """What a bulk read answers: not yet what was just made."""
        found = [each for each in self.things.values() if each.kind == kind and (within is None or each.within in within)]
        shown = [each for each in found if not each.unseen]
        for thing in found:
            thing.unseen = max(0, thing.unseen - 1)
        return shown

    def _pass_time(self) -> None:
        for thing in list(self.things.values()):
            if thing.state in ("pending", "deleting"):
                thing.calls -= 1
                if thing.calls < 0 and thing.coming == "gone":
                    self._vanish(thing)
                elif thing.calls < 0:
                    thing.state = thing.coming


def strings(value: Any) -> Iterator[str]:
    """All strings in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from strings(inner)
    elif is_dataclass(value):
        for each in fields(value):
            yield from strings(getattr(value, each.name))
