# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test or a benchmark injects into the calls that it selects."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from .answers import AwsError
from .calls import Call

KINDS = ("throttle", "error", "drop", "kill")
MOMENTS = ("before", "after")
# What each protocol's services answer when they throttle, and with which HTTP status.
_THROTTLES = {"ec2": ("RequestLimitExceeded", 503), "query": ("Throttling", 400), "rest-xml": ("SlowDown", 503)}


@dataclass(slots=True)
class Fault:
    """One fault.

    kind: throttle | error | drop (the connection closes without an answer) | kill (drop, and every later call likewise).
    moment: whether the call's effect happens first (after) or never (before). A throttled call never has one.
    service, action: shell patterns, as in `ec2` and `Create*`. mutating: only calls that change something.
    skip: matching calls that pass before the fault strikes. times: how often it strikes, None for ever.
    code, message, status: of an error's answer.
    """

    kind: str
    moment: str = "before"
    service: str = "*"
    action: str = "*"
    mutating: bool = False
    skip: int = 0
    times: int | None = 1
    code: str = "InternalError"
    message: str = "An internal error was injected by the rehearsal"
    status: int = 500

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: {self.kind!r} is none of {', '.join(KINDS)}")
        if self.moment not in MOMENTS:
            raise ValueError(f"moment: {self.moment!r} is none of {', '.join(MOMENTS)}")
        if self.kind == "throttle" and self.moment == "after":
            raise ValueError("moment: a throttled call has no effect")

    @classmethod
    def from_mapping(cls, mapping: dict[str, Any]) -> Fault:
        """Raises ValueError naming the key or the value that is not understood."""
        unknown = sorted(set(mapping) - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(unknown)}")
        if "kind" not in mapping:
            raise ValueError(f"kind is missing: one of {', '.join(KINDS)}")
        return cls(**mapping)

    def strikes(self, call: Call) -> bool:
        """Whether this call is hit; counts the calls that match."""
        if not (fnmatchcase(call.service, self.service) and fnmatchcase(call.action, self.action)):
            return False
        if self.mutating and not call.mutating:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    def answer(self, call: Call) -> tuple[AwsError, int]:
        """The error and the HTTP status that the call is answered with."""
        if self.kind == "throttle":
            protocol = str(call.operation.service_model.protocol) if call.operation is not None else "query"
            code, status = _THROTTLES.get(protocol, ("ThrottlingException", 400))
            return AwsError(code, "Rate exceeded"), status
        return AwsError(self.code, self.message), self.status


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._killed = False

    def add(self, faults: list[Fault]) -> None:
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._killed = False

    def killed(self) -> bool:
        """Whether a kill has struck: nothing is answered until the faults are cleared."""
        return self._killed

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, call: Call) -> Fault | None:
        """The first fault that hits the call, if any."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.strikes(call)), None)
            if fault and fault.kind == "kill":
                self._killed = True
            return fault
