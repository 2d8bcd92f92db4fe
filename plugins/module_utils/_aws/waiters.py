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


VPC = states("available pending", timeout=120)  # a pending one takes subnets; "associating" is of its CIDR blocks
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
TRANSIT_GATEWAY = states("available", timeout=900)
TRANSIT_GATEWAY_ROUTE_TABLE = states("available", timeout=600)
# One that waits to be accepted is looked at again: to accept it is a change. A failed or rejected one stays visible for a while, and
# nothing can be done with it: it counts as leaving, so that a new one is made.
TRANSIT_GATEWAY_VPC_ATTACHMENT = states(
    "available pendingacceptance",
    failed="failed rejected",
    leaving="deleting rejecting failing rollingback failed rejected",
    timeout=900,
)
TRANSIT_GATEWAY_ROUTING = states("settled", timeout=600)
CUSTOMER_GATEWAY = states("available", timeout=120)
# "modifying" is in none of AWS's lists, but what it says while a tunnel is replaced.
VPN_CONNECTION = states("available", timeout=2400)
VPN_ATTACHMENT = states("available", failed="failed rejected", timeout=900)
# One that is recovering answers queries meanwhile; AWS cannot mend by itself what needs action. Gone is what is not listed any more.
RESOLVER_ENDPOINT = states("operational auto_recovering", failed="action_needed", timeout=900)
RESOLVER_RULE = states("complete", failed="failed", timeout=600)
RESOLVER_RULE_ASSOCIATION = states("complete overridden", failed="failed", timeout=600)
RESOURCE_SHARE = states("active", failed="failed", timeout=300)
# Accepting is a change, after which resources take a moment to be seen.
SHARED_TRANSIT_GATEWAY = states("accepted", failed="pending", timeout=300)
# A disabled key is enabled by an update. One that waits for its deletion is not live: made again, it is taken back.
KEY = states("enabled", failed="disabled", leaving="pendingdeletion", gone="pendingdeletion", timeout=120)
# EKS, API reference: status of Cluster, Nodegroup and Addon. One that failed is named in the error: only AWS knows why.
CLUSTER = states("active", failed="failed", timeout=2400)
NODE_GROUP = states("active", failed="create_failed delete_failed degraded", timeout=2400)
# A degraded one may still have its pods started.
ADDON = states("active", failed="create_failed update_failed delete_failed", timeout=1200)
