# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the emulated AWS takes for what it does not do at once."""

from __future__ import annotations

import time
from collections.abc import Callable


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
        self._items: list[tuple[float, Callable[[], None]]] = []

    def later(self, subject: str, action: Callable[[], None]) -> None:
        """Do it when the subject's pace has passed."""
        self._items.append((time.monotonic() + PACE.seconds(subject), action))

    def settle(self) -> None:
        """Do what is due, in the order of its time."""
        now = time.monotonic()
        due = sorted((item for item in self._items if item[0] <= now), key=lambda item: item[0])
        self._items = [item for item in self._items if item[0] > now]
        for _rest, action in due:
            action()
