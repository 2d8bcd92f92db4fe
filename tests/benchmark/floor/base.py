# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads, one read per kind, and counted changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

THREADS = 160  # a call waits in its thread for what it needs
CONNECTIONS = 32
OWNERSHIP = [f"fintech.platform/{part}" for part in ("platform", "environment", "stack")]
INSIDE = {  # the VPC: operation, key of its answer, name of its filters, the filter
    "subnet": ("describe_subnets", "Subnets", "Filters", "vpc-id"),
    "gateway": ("describe_internet_gateways", "InternetGateways", "Filters", "attachment.vpc-id"),
    "nat": ("describe_nat_gateways", "NatGateways", "Filter", "vpc-id"),
    "table": ("describe_route_tables", "RouteTables", "Filters", "vpc-id"),
    "acl": ("describe_network_acls", "NetworkAcls", "Filters", "vpc-id"),
    "group": ("describe_security_groups", "SecurityGroups", "Filters", "vpc-id"),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "Filters", "vpc-id"),
}


def name_of(item: dict[str, Any]) -> str | None:
    return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == "fintech.platform/name"), None)


def as_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(resource_type: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": resource_type, "Tags": as_tags(tags)}]


class Base:
    """One environment. `live`: what the reads found, by kind and name; `ids`: futures of ids, by kind and name."""

    def __init__(self, design: dict[str, Any]) -> None:
        self.design, self.changes = design, list[str]()
        session = boto3.Session(profile_name=design["environment"], region_name=design["region"])
        self.ec2 = session.client("ec2", config=Config(max_pool_connections=CONNECTIONS, retries={"mode": "standard"}))
        self.pool = ThreadPoolExecutor(THREADS)
        self.live: dict[str, dict[Any, Any]] = {}
        self.lists: dict[str, str] = {}
        self.ids: dict[tuple[str, str], Future[str]] = {}
        self.running: list[Future[Any]] = []

    def start(self, act: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future = self.pool.submit(act, *arguments)
        self.running.append(future)
        return future

    def change(self, operation: str, **arguments: Any) -> Any:
        self.changes.append(operation)
        return getattr(self.ec2, operation)(**arguments)

    def ensure(self, kind: str, identifier: str, wanted: dict[str, Any], create: Callable[[dict[str, Any]], str]) -> None:
        """Its id as a future: found, or made."""
        found = self.live.get(kind, {}).get(wanted["name"])
        self.ids[kind, wanted["name"]] = self.start(lambda: found[identifier]) if found else self.start(create, wanted)

    def id(self, kind: str, name: str) -> str:
        return self.ids[kind, name].result()

    def ids_of(self, kind: str, names: Iterable[str]) -> list[str]:
        return [self.id(kind, name) for name in names]

    @property
    def vpc(self) -> str:
        return self.id("vpc", "main")

    # Reading

    @property
    def live_vpc(self) -> dict[str, Any]:
        return next(iter(self.live["vpc"].values()), {})

    def pages(self, operation: str, key: str, **arguments: Any) -> list[Any]:
        return [item for page in self.ec2.get_paginator(operation).paginate(**arguments) for item in page[key]]

    def owned(self) -> list[dict[str, Any]]:
        return [{"Name": f"tag:{key}", "Values": [self.design["vpc"]["tags"][key]]} for key in OWNERSHIP]

    def vpcs(self) -> list[Any]:
        return self.pages("describe_vpcs", "Vpcs", Filters=self.owned())

    def addresses(self) -> list[Any]:
        return list(self.ec2.describe_addresses(Filters=self.owned())["Addresses"])

    def inside(self, kind: str) -> list[Any]:
        operation, key, filters, by = INSIDE[kind]
        return self.pages(operation, key, **{filters: [{"Name": by, "Values": [self.vpc]}]})

    def has_dns(self) -> bool:
        flags = ("enableDnsSupport", "enableDnsHostnames")
        asked = [self.pool.submit(self.ec2.describe_vpc_attribute, VpcId=self.vpc, Attribute=flag) for flag in flags]
        return all(each.result()[flag[0].upper() + flag[1:]]["Value"] for each, flag in zip(asked, flags, strict=True))

    def read(self) -> None:
        asked = {"vpc": self.pool.submit(self.vpcs), "address": self.pool.submit(self.addresses)}
        lists = self.pool.submit(self.pages, "describe_managed_prefix_lists", "PrefixLists")
        for vpc in asked["vpc"].result():
            self.ensure("vpc", "VpcId", {"name": "main"}, lambda _new: str(vpc["VpcId"]))  # noqa: B023 - there is one
            asked |= {kind: self.pool.submit(self.inside, kind) for kind in INSIDE}
            vpc["dns"] = self.has_dns()
        self.live = {kind: {name_of(item): item for item in found.result()} for kind, found in asked.items()}
        prefix = f"com.amazonaws.{self.design['region']}."
        self.lists = {each["PrefixListName"].removeprefix(prefix): each["PrefixListId"] for each in lists.result()}

    def poll(self, read: Callable[[], list[Any]], ready: Callable[[Any], bool]) -> None:
        deadline = time.monotonic() + 900
        while not all(map(ready, found := read())):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready: {[item for item in found if not ready(item)]}")
            time.sleep(0.25)

    def adopt(self, kind: str, identifier: str, wanted: dict[str, Any], is_default: Callable[[Any], bool]) -> dict[str, Any]:
        """What AWS makes with a VPC has to be found first, and named."""
        if wanted["name"] in self.live.get(kind, {}):
            return dict(self.live[kind][wanted["name"]])
        found = next(filter(is_default, self.inside(kind)))
        self.change("create_tags", Resources=[found[identifier]], Tags=as_tags(wanted["tags"]))
        return dict(found)
