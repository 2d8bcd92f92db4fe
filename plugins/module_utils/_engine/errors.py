# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, and what the engine does about it. Only ``_module.py`` turns these into ``fail_json``."""

from __future__ import annotations

from enum import Enum
from typing import Any


class PlatformError(Exception):
    """Any failure that has a message for the user; ``details`` become keys of the module's result."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class PlanError(PlatformError):
    """Refused before any changing call: bad input, immutable change, ambiguous match, overlap, quota or capacity."""

    @classmethod
    def of(cls, problems: list[str]) -> PlanError:
        """One error for all problems, so that a user mends them in one go."""
        return cls("\n".join(problems), problems=problems)


class ApplyError(PlatformError):
    """Some changes failed; ``details`` hold ``done``, ``failed`` and ``not_started``."""


class LeaseHeld(PlatformError):
    """Another run is applying the same stack."""


class Lost(PlatformError):
    """The lease was lost while applying: another run may have taken over, so nothing new is started."""


class Advice(Enum):
    """What a failed call means. A place classifies its exceptions; the executor acts on the answer."""

    RETRY = "retry"  # throttled, or not consistent yet: the same call again after a pause
    REREAD = "reread"  # the answer was lost, or says that the effect is there already: look before acting again
    GONE = "gone"  # the object does not exist (any more)
    BLOCKED = "blocked"  # something else still holds the object: wait for it, and name it in the end
    FAIL = "fail"
