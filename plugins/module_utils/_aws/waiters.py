# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiters are data: which states mean what. Sources: the State members of the EC2 API reference."""

from __future__ import annotations

from .._engine.resource import Waiter


def states(ready: str, *, failed: str = "", leaving: str = "deleting", gone: str = "deleted", timeout: float = 600) -> Waiter:
    """Each argument is a list of states, parted by spaces; the timeout is in seconds."""
    return Waiter(
        ready=frozenset(ready.split()),
        failed=frozenset(failed.split()),
        leaving=frozenset(leaving.split()),
        gone=frozenset(gone.split()),
        timeout=timeout,
    )


VPC = states("available", timeout=120)
# A failed NAT gateway stays visible for an hour and cannot be repaired: it counts as leaving, so that a new one is made.
NAT_GATEWAY = states("available", failed="failed", leaving="deleting failed", timeout=900)
VPC_ENDPOINT = states("available", failed="failed rejected expired", timeout=900)
PREFIX_LIST = states(
    "create-complete modify-complete restore-complete",
    failed="create-failed modify-failed delete-failed",
    leaving="delete-in-progress",
    gone="delete-complete",
    timeout=300,
)
