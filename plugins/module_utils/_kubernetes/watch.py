# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what was applied to be ready, and for what was deleted to be gone: one list per kind for all that is pending."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .api import Api, Body
from .apply_set import ApplySet
from .member import Member, key_of
from .planner import held_by, read_members
from .readiness import readiness
from .resource_type import GroupKind, ResourceType
from .stuck import why_stuck

DEPLOYMENT = GroupKind("apps", "Deployment")
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between looks; they double


@dataclass(kw_only=True)
class Watch:
    """``namespaces`` are those that the set has members in; ``timeout`` is in seconds."""

    api: Api
    set: ApplySet
    namespaces: frozenset[str]
    timeout: float
    addresses: bool = False

    def until_ready(self, members: Iterable[Member]) -> dict[Member, str]:
        """Those that are not ready in time, or have failed, with the reason."""
        pending = dict.fromkeys(members, "")
        failed: dict[Member, str] = {}

        def settle() -> bool:
            for member in list(pending):
                found = readiness(member.live or member.body, addresses=self.addresses)
                pending[member] = found.reason
                # A rollout that ran out of time before this run goes on once it has what it lacked.
                is_final = found.failed and (member.change is not None or member.key.kind != DEPLOYMENT)
                if found.ready or is_final:
                    del pending[member]
                if is_final:
                    failed[member] = found.reason
            return not pending

        self._poll(settle, lambda: self._refresh(pending))
        late = {member: f"{reason}, after {self.timeout:g} s" for member, reason in pending.items()}
        return dict(self.api.together(self._explained, {**failed, **late}.items()))

    def until_gone(self, members: Iterable[Member]) -> dict[Member, str]:
        """Those that are still there, with what holds them."""
        pending = {each.live["metadata"]["uid"]: each for each in members if each.live}

        def look() -> None:
            there = {body["metadata"]["uid"]: body for _type, body in self._live(pending.values())}
            for uid in pending.keys() - there.keys():
                del pending[uid]
            for uid, member in pending.items():
                member.live = there[uid]

        if pending:
            look()
        self._poll(lambda: not pending, look)
        return {each: f"it is still there after {self.timeout:g} s{held_by(each.live or {'metadata': {}})}" for each in pending.values()}

    def _poll(self, is_over: Callable[[], bool], look: Callable[[], None]) -> None:
        deadline, pause = time.monotonic() + self.timeout, FIRST_PAUSE
        while not is_over() and time.monotonic() < deadline:
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * 2, LONGEST_PAUSE)
            look()

    def _refresh(self, pending: Iterable[Member]) -> None:
        waiting = {each.key: each for each in pending}
        for type_, body in self._live(waiting.values()):
            if member := waiting.get(key_of(type_, body)):
                member.live = body

    def _live(self, members: Iterable[Member]) -> Iterator[tuple[ResourceType, Body]]:
        types = list(dict.fromkeys(each.type for each in members))
        found = self.api.together(lambda type_: read_members(self.api, self.set, type_, self.namespaces, "poll"), types)
        return ((type_, body) for type_, bodies in zip(types, found, strict=True) for body in bodies)

    def _explained(self, unready: tuple[Member, str]) -> tuple[Member, str]:
        member, reason = unready
        return member, "; ".join([reason, *(why_stuck(self.api, member.live) if member.live else ())])
