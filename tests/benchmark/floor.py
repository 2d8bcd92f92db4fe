# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: what an expert writes by hand against boto3 for exactly this network, with nothing around it.

    python -m tests.benchmark.floor [--check] DESIGN...

One read per kind, only the calls that change something, each as soon as what it needs is there. No guard, no lease, no
plan to show, no repair of a run that was cut off. Prints the number of changing calls (planned ones with --check).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

THREADS = 64  # calls wait for what they need in their threads
PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1"}
EVERYTHING = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


class Floor:
    """One environment. `live` is what the reads found, by kind; `made` are futures of ids, by `kind.name`."""

    def __init__(self, design: dict[str, Any]) -> None:
        self.design, self.changes = design, 0
        session = boto3.Session(profile_name=design["environment"], region_name=design["region"])
        self.ec2 = session.client("ec2", config=Config(max_pool_connections=THREADS))
        self.pool = ThreadPoolExecutor(THREADS)
        self.live: dict[str, Any] = {}
        self.made: dict[str, Future[str]] = {}
        self.running: list[Future[Any]] = []

    def run(self, check: bool) -> int:
        self.read()
        if check:
            return self.missing()
        self.converge()
        while self.running:
            self.running.pop(0).result()
        return self.changes

    def start(self, act: Callable[[], Any]) -> Future[Any]:
        future = self.pool.submit(act)
        self.running.append(future)
        return future

    def change(self, operation: str, **arguments: Any) -> Any:
        self.changes += 1
        return getattr(self.ec2, operation)(**arguments)

    def owned(self) -> list[dict[str, Any]]:
        tags = self.design["vpc"]["tags"]
        return [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in sorted(tags) if key.startswith("fintech.platform/") and not key.endswith("/name")]

    def pages(self, operation: str, key: str, **arguments: Any) -> list[Any]:
        return [item for page in self.ec2.get_paginator(operation).paginate(**arguments) for item in page[key]]

    # What is there

    def read(self) -> None:
        outside = {
            "vpc": ("describe_vpcs", "Vpcs", {"Filters": self.owned()}),
            "lists": ("describe_managed_prefix_lists", "PrefixLists", {}),
        }
        asked = {kind: self.pool.submit(self.pages, operation, key, **arguments) for kind, (operation, key, arguments) in outside.items()}
        asked["addresses"] = self.pool.submit(lambda: self.ec2.describe_addresses(Filters=self.owned())["Addresses"])
        self.live = {kind: future.result() for kind, future in asked.items()}
        if self.live["vpc"]:
            self.read_inside(self.live["vpc"][0]["VpcId"])

    def read_inside(self, vpc: str) -> None:
        inside = {
            "subnets": ("describe_subnets", "Subnets"), "route_tables": ("describe_route_tables", "RouteTables"),
            "acls": ("describe_network_acls", "NetworkAcls"), "groups": ("describe_security_groups", "SecurityGroups"),
            "endpoints": ("describe_vpc_endpoints", "VpcEndpoints"),
        }  # fmt: skip
        of = [{"Name": "vpc-id", "Values": [vpc]}]
        asked = {kind: self.pool.submit(self.pages, operation, key, Filters=of) for kind, (operation, key) in inside.items()}
        attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
        asked["gateway"] = self.pool.submit(self.pages, "describe_internet_gateways", "InternetGateways", Filters=attached)
        asked["nat"] = self.pool.submit(self.pages, "describe_nat_gateways", "NatGateways", Filter=of)
        for attribute in ("enableDnsSupport", "enableDnsHostnames"):
            asked[attribute] = self.pool.submit(self.ec2.describe_vpc_attribute, VpcId=vpc, Attribute=attribute)
        self.live |= {kind: future.result() for kind, future in asked.items()}
