# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the emulated AWS takes for what it does not do at once."""

from __future__ import annotations

import time
from collections.abc import Callable

Action = Callable[[], None]
Item = tuple[float, Action, Callable[[], bool] | None]


class Pace:
    """Seconds that a transition of each subject (`nat_gateway`, `vpc_endpoint` ...) lasts; zero unless set.

    The subject `default` speaks for those that are not set themselves.
    """

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def set(self, seconds: dict[str, float]) -> None:
        self._seconds.update({subject: float(value) for subject, value in seconds.items()})

    def clear(self) -> None:
        self._seconds.clear()

    def seconds(self, subject: str) -> float:
        return self._seconds.get(subject, self._seconds.get("default", 0.0))

    def to_dict(self) -> dict[str, float]:
        return dict(self._seconds)


PACE = Pace()


class Agenda:
    """What is to happen later to one backend's resources: pending ones become available, deleted ones vanish.

    What is due happens at the start of a call, so a created resource is answered as pending at any pace.
    """

    def __init__(self) -> None:
        self._items: list[Item] = []

    def later(self, subject: str, action: Action, once: Callable[[], bool] | None = None) -> None:
        """Do it when the subject's pace has passed, and not before what it waits for has come true."""
        self._items.append((time.monotonic() + PACE.seconds(subject), action, once))

    def when(self, ready: Callable[[], bool], action: Action) -> None:
        """Do it as soon as something else has come true."""
        self._items.append((time.monotonic(), action, ready))

    def settle(self) -> None:
        """Do what is due, in the order of its time."""
        now = time.monotonic()
        due: list[Item] = []
        rest: list[Item] = []
        for item in self._items:
            (due if item[0] <= now and (item[2] is None or item[2]()) else rest).append(item)
        self._items = rest
        for _time, action, _once in sorted(due, key=lambda item: item[0]):
            action()
