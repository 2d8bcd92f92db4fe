# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which states of AWS's objects the engine waits in, uses, repairs or takes as gone."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws import waiters
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live, Waiter

READY, WAIT, FAILED, NOT_LIVE = "ready", "wait", "failed", "not live"


def judged(waiter: Waiter, state: str) -> str:
    live = Live(id="x", name="x", state=state)
    if not waiter.is_live(live):
        return NOT_LIVE
    if waiter.is_ready(live):
        return READY
    return FAILED if state in waiter.failed else WAIT


@pytest.mark.parametrize(
    ("waiter", "state", "expected"),
    [
        (waiters.VPC, "pending", READY),  # it takes subnets already
        (waiters.VPC, "associating", WAIT),  # but none in a block that is not there yet
        (waiters.VPC, "available", READY),
        (waiters.NAT_GATEWAY, "pending", WAIT),
        (waiters.NAT_GATEWAY, "available", READY),
        (waiters.NAT_GATEWAY, "failed", NOT_LIVE),  # AWS keeps it to be seen for an hour; a new one is made beside it
        (waiters.NAT_GATEWAY, "deleting", NOT_LIVE),
        (waiters.NAT_GATEWAY, "deleted", NOT_LIVE),
        (waiters.VPC_ENDPOINT, "pendingacceptance", WAIT),
        (waiters.VPC_ENDPOINT, "pending", WAIT),
        (waiters.VPC_ENDPOINT, "available", READY),
        (waiters.VPC_ENDPOINT, "rejected", FAILED),
        (waiters.VPC_ENDPOINT, "failed", FAILED),
        (waiters.VPC_ENDPOINT, "expired", FAILED),
        (waiters.VPC_ENDPOINT, "deleting", NOT_LIVE),
        (waiters.PREFIX_LIST, "create-in-progress", WAIT),
        (waiters.PREFIX_LIST, "create-complete", READY),
        (waiters.PREFIX_LIST, "modify-in-progress", WAIT),
        (waiters.PREFIX_LIST, "modify-complete", READY),
        (waiters.PREFIX_LIST, "restore-complete", READY),
        (waiters.PREFIX_LIST, "modify-failed", FAILED),
        (waiters.PREFIX_LIST, "delete-in-progress", NOT_LIVE),
        (waiters.PREFIX_LIST, "delete-complete", NOT_LIVE),
        (waiters.RESOLVER_ENDPOINT, "creating", WAIT),
        (waiters.RESOLVER_ENDPOINT, "updating", WAIT),
        (waiters.RESOLVER_ENDPOINT, "auto_recovering", READY),  # it answers meanwhile
        (waiters.RESOLVER_ENDPOINT, "action_needed", FAILED),
        (waiters.RESOLVER_ENDPOINT, "deleting", NOT_LIVE),
        (waiters.RESOLVER_RULE, "updating", WAIT),
        (waiters.RESOLVER_RULE, "complete", READY),
        (waiters.RESOLVER_RULE_ASSOCIATION, "overridden", READY),
        (waiters.RESOLVER_RULE_ASSOCIATION, "failed", FAILED),
        (waiters.RESOURCE_SHARE, "pending", WAIT),
        (waiters.RESOURCE_SHARE, "deleted", NOT_LIVE),
        (waiters.SHARED_TRANSIT_GATEWAY, "pending", FAILED),  # to accept it is a change
    ],
)
def test_a_state_means(waiter: Waiter, state: str, expected: str) -> None:
    assert judged(waiter, state) == expected


def test_states_are_lists_parted_by_spaces() -> None:
    waiter = waiters.states("up running", failed="broken", gone="away lost", timeout=5)
    assert waiter == Waiter(
        ready=frozenset({"up", "running"}), failed=frozenset({"broken"}), leaving=frozenset({"deleting"}), gone=frozenset({"away", "lost"}), timeout=5
    )
