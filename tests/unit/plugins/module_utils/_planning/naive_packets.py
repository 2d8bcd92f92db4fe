# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS does with one packet, told naively from describe answers: the reference that the set arithmetic is held against.

No sets and no shared code: addresses are ``ipaddress`` objects, every rule is tried in its order, every route is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

ip_network = cache(IPv4Network)
PROTOCOLS = {"icmp": "1", "tcp": "6", "udp": "17"}
SPECIAL = [ip_network(each) for each in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"
)]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """``kind``: interface (in subnet ``id``, with ``groups``), attachment, internet, service or peer."""

    kind: str
    id: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Arrival:
    """``checks``: ACL, whether outbound, the far address there. ``source``: as the end sees it."""

    kind: str
    id: str
    checks: tuple[tuple[str, bool, IPv4Address], ...]
    nat: str | None
    source: IPv4Address
    references: str = "all"


class Naive:
    def __init__(self, described: dict[str, list[dict[str, Any]]]) -> None:
        self.described = described
        self.subnets = {item["SubnetId"]: item for item in self.all("describe_subnets")}
        self.lists: dict[str, list[str]] = {}
        for item in self.all("get_managed_prefix_list_entries"):
            self.lists.setdefault(item["PrefixListId"], []).append(item["Cidr"])
        self.tables = {each["SubnetId"]: item for item in self.all("describe_route_tables") for each in item["Associations"] if "SubnetId" in each}
        self.acls = {each["SubnetId"]: item for item in self.all("describe_network_acls") for each in item["Associations"]}
        self.acl_by_id = {item["NetworkAclId"]: item for item in self.all("describe_network_acls")}
        self.groups = {item["GroupId"]: item for item in self.all("describe_security_groups")}
        self.attachments = {item["TransitGatewayAttachmentId"]: item for item in self.all("describe_transit_gateway_attachments")}
        self.entries = {item["TransitGatewayAttachmentId"]: item["SubnetIds"] for item in self.all("describe_transit_gateway_vpc_attachments")}
        self.nat = {item["NatGatewayId"]: item for item in self.all("describe_nat_gateways")}
        self.peerings = {item["VpcPeeringConnectionId"]: item for item in self.all("describe_vpc_peering_connections")}
        self.interfaces = {item["NetworkInterfaceId"]: item["SubnetId"] for item in self.all("describe_network_interfaces")}
        self.vpcs = {item["VpcId"]: item["CidrBlock"] for item in self.all("describe_vpcs")}

    def all(self, operation: str) -> list[dict[str, Any]]:
        return self.described.get(operation, [])

    # The definition

    def possible(self, source: Place, target: Place, sender: IPv4Address, receiver: IPv4Address, protocol: str, port: int) -> bool:
        return any(
            self._acls_pass(there.checks, protocol, port)
            and self._groups_allow(source, target, receiver, protocol, port, outbound=True, naming=there.references == "all")
            and self._groups_allow(target, source, there.source, protocol, port, outbound=False, naming=there.references != "none" and not there.nat)
            and self._reply(there, source, target, sender, receiver, protocol)
            for there in self._arrivals(source, sender, receiver)
            if self._is(there, target, receiver)
        )

    def _reply(self, there: Arrival, source: Place, target: Place, sender: IPv4Address, receiver: IPv4Address, protocol: str) -> bool:
        ports = (1024, 1025, 5000, 5001, 32768, 65535) if protocol in ("tcp", "udp") else (0,)
        ways = list(self._ways_back(there, source, target, sender, receiver))
        return any(self._acls_pass(checks, protocol, port) for checks in ways for port in ports)

    def _ways_back(self, there: Arrival, source: Place, target: Place, sender: IPv4Address, receiver: IPv4Address) -> Iterator[Any]:
        if there.nat is None:
            for back in self._arrivals(target, receiver, sender):
                if back.nat is None and self._is(back, source, sender):
                    yield back.checks
            return
        item = self.nat[there.nat]
        gateway = Place("interface", item["SubnetId"])
        for first in self._arrivals(target, receiver, there.source):
            if first.nat is None and self._is(first, gateway, there.source):
                if source.kind == "interface" and source.id == gateway.id:
                    yield first.checks
                    continue
                for second in self._arrivals(gateway, receiver, sender):
                    if second.nat is None and self._is(second, source, sender):
                        yield first.checks + second.checks

    def _is(self, arrival: Arrival, place: Place, address: IPv4Address) -> bool:
        if place.kind == "interface":
            return arrival.kind == "interface" and arrival.id == place.id and address in ip_network(self.subnets[place.id]["CidrBlock"])
        return (arrival.kind, arrival.id) == (place.kind, place.id)

    # Filters

    def _acls_pass(self, checks: tuple[tuple[str, bool, IPv4Address], ...], protocol: str, port: int) -> bool:
        return all(self._acl_passes(acl, outbound, address, protocol, port) for acl, outbound, address in checks)

    def _acl_passes(self, acl: str, outbound: bool, address: IPv4Address, protocol: str, port: int) -> bool:
        for entry in sorted(self.acl_by_id[acl]["Entries"], key=lambda each: each["RuleNumber"]):
            if (
                entry["Egress"] == outbound
                and address in ip_network(entry["CidrBlock"])
                and _speaks(entry["Protocol"], entry.get("PortRange"), protocol, port)
            ):
                return bool(entry["RuleAction"] == "allow")
        return False

    def _groups_allow(self, place: Place, other: Place, far: IPv4Address, protocol: str, port: int, *, outbound: bool, naming: bool) -> bool:
        if place.kind != "interface" or not place.groups:
            return True
        key = "IpPermissionsEgress" if outbound else "IpPermissions"
        return any(
            _speaks(permission["IpProtocol"], _limits(permission), protocol, port) and self._far_end(permission, other, far, naming)
            for group in place.groups
            for permission in self.groups[group][key]
        )

    def _far_end(self, permission: dict[str, Any], other: Place, far: IPv4Address, naming: bool) -> bool:
        cidrs = [each["CidrIp"] for each in permission.get("IpRanges", ())]
        cidrs += [cidr for each in permission.get("PrefixListIds", ()) for cidr in self.lists[each["PrefixListId"]]]
        named = naming and any(each["GroupId"] in other.groups for each in permission.get("UserIdGroupPairs", ()))
        return named or any(far in ip_network(cidr) for cidr in cidrs)

    # Routes

    def _arrivals(self, start: Place, sender: IPv4Address, receiver: IPv4Address) -> Iterator[Arrival]:
        walked = Arrival("", "", (), None, sender)
        if start.kind == "interface":
            yield from self._from_subnet(start.id, receiver, walked, own=True, seen=())
        elif start.kind == "attachment":
            yield from self._from_attachment(start.id, receiver, walked, ())
        else:
            vpc = start.id.replace("vpce-", "vpc-")
            if start.kind == "peer":
                infos = [self.peerings[start.id][key] for key in ("RequesterVpcInfo", "AccepterVpcInfo")]
                vpc = [info["VpcId"] for info in infos if info["VpcId"] in self.vpcs][0]  # noqa: RUF015 - no generator may run out here
                if all(sender not in ip_network(info["CidrBlock"]) for info in infos if info["VpcId"] != vpc):
                    return
            if start.kind == "internet" and not _is_public(sender):
                return
            yield from self._locally(vpc, None, receiver, walked)

    def _from_subnet(self, subnet: str, receiver: IPv4Address, walked: Arrival, *, own: bool, seen: tuple[str, ...]) -> Iterator[Arrival]:
        if subnet in seen:
            return
        for target in self._vpc_route(self.tables[subnet], receiver):
            yield from self._to(target, subnet, receiver, walked, own=own, seen=(*seen, subnet))

    def _to(self, target: str, subnet: str, receiver: IPv4Address, walked: Arrival, *, own: bool, seen: tuple[str, ...]) -> Iterator[Arrival]:
        vpc, acl = self.subnets[subnet]["VpcId"], self.acls[subnet]["NetworkAclId"]
        left = (*walked.checks, (acl, True, receiver))
        if target == "local":
            yield from self._locally(vpc, subnet, receiver, walked)
        elif target.startswith("igw-"):
            if own and _is_public(receiver):
                yield Arrival("internet", vpc, left, walked.nat, walked.source, walked.references)
        elif target.startswith("vpce-"):
            yield Arrival("service", target, left, walked.nat, walked.source, walked.references)
        elif target.startswith("nat-"):
            item = self.nat[target]
            inside = item["SubnetId"] == subnet
            checks = walked.checks if inside else (*left, (self.acls[item["SubnetId"]]["NetworkAclId"], False, walked.source))
            translated = IPv4Address(item["NatGatewayAddresses"][0]["PrivateIp"])
            passed = Arrival("", "", checks, walked.nat or target, translated, walked.references)
            yield from self._from_subnet(item["SubnetId"], receiver, passed, own=True, seen=seen)
        elif target.startswith("pcx-"):
            yield from self._through_peering(target, vpc, receiver, Arrival("", "", left, walked.nat, walked.source, walked.references), own)
        elif target.startswith("tgw-"):
            yield from self._into_transit(target, subnet, receiver, walked, seen)
        elif target.startswith("eni-"):
            beyond = self.interfaces[target]
            checks = walked.checks if beyond == subnet else (*left, (self.acls[beyond]["NetworkAclId"], False, walked.source))
            passed = Arrival("", "", checks, walked.nat, walked.source, walked.references)
            yield from self._from_subnet(beyond, receiver, passed, own=own, seen=seen)

    def _locally(self, vpc: str, last: str | None, receiver: IPv4Address, walked: Arrival) -> Iterator[Arrival]:
        for subnet, item in self.subnets.items():
            if item["VpcId"] == vpc and receiver in ip_network(item["CidrBlock"]):
                checks = walked.checks
                if subnet != last:
                    checks += ((self.acls[last]["NetworkAclId"], True, receiver),) if last else ()
                    checks += ((self.acls[subnet]["NetworkAclId"], False, walked.source),)
                yield Arrival("interface", subnet, checks, walked.nat, walked.source, walked.references)

    def _through_peering(self, peering: str, vpc: str, receiver: IPv4Address, walked: Arrival, own: bool) -> Iterator[Arrival]:
        infos = [self.peerings[peering][key] for key in ("RequesterVpcInfo", "AccepterVpcInfo")]
        if vpc not in [info["VpcId"] for info in infos] or not own:
            return
        [other] = [info for info in infos if info["VpcId"] != vpc]
        if receiver not in ip_network(other["CidrBlock"]):
            return
        if other["VpcId"] in self.vpcs:
            yield from self._locally(other["VpcId"], None, receiver, walked)
        else:
            yield Arrival("peer", peering, walked.checks, walked.nat, walked.source, walked.references)

    def _into_transit(self, gateway: str, subnet: str, receiver: IPv4Address, walked: Arrival, seen: tuple[str, ...]) -> Iterator[Arrival]:
        here = self.subnets[subnet]
        for name, item in self.attachments.items():
            if item["ResourceId"] == here["VpcId"] and item["TransitGatewayId"] == gateway:
                for entry in self.entries[name]:
                    if self.subnets[entry]["AvailabilityZoneId"] == here["AvailabilityZoneId"]:
                        crossed = ((self.acls[subnet]["NetworkAclId"], True, receiver), (self.acls[entry]["NetworkAclId"], False, walked.source))
                        passed = Arrival("", "", walked.checks + crossed, walked.nat, walked.source, walked.references)
                        yield from self._from_attachment(name, receiver, passed, seen)

    def _from_attachment(self, name: str, receiver: IPv4Address, walked: Arrival, seen: tuple[str, ...]) -> Iterator[Arrival]:
        table = self.attachments[name].get("Association", {}).get("TransitGatewayRouteTableId")
        for beyond in self._transit_route(table, receiver) if table else ():
            item = self.attachments.get(beyond)
            passed = Arrival("", "", walked.checks, walked.nat, walked.source, self._references(name, beyond))
            if item is None:
                continue
            if item["ResourceType"] == "vpc":
                for entry in self.entries[beyond]:
                    yield from self._from_subnet(entry, receiver, passed, own=False, seen=seen)
            else:
                yield Arrival("attachment", beyond, walked.checks, walked.nat, walked.source, passed.references)

    def _references(self, one: str, other: str) -> str:
        """Over a Transit Gateway a rule may name the other end's group inbound alone, and only where all agree."""
        options = [item.get("Options", {}) for item in self.all("describe_transit_gateways")]
        details = {item["TransitGatewayAttachmentId"]: item for item in self.all("describe_transit_gateway_vpc_attachments")}
        options += [details[each]["Options"] for each in (one, other) if each in details]
        return "inbound" if all(each.get("SecurityGroupReferencingSupport") == "enable" for each in options) else "none"

    def _vpc_route(self, table: dict[str, Any], receiver: IPv4Address) -> list[str]:
        found: list[tuple[int, int, str]] = []
        for route in table["Routes"]:
            cidrs = [route["DestinationCidrBlock"]] if "DestinationCidrBlock" in route else self.lists[route["DestinationPrefixListId"]]
            target = next((str(value) for key, value in route.items() if key.endswith("Id") and not key.startswith("Destination")), "")
            for network in (ip_network(cidr) for cidr in cidrs):
                if receiver in network:
                    rank = 0 if "DestinationCidrBlock" in route else -1
                    found.append((network.prefixlen, rank, "" if route.get("State") == "blackhole" else target))
        return [max(found)[2]] if found else []

    def _transit_route(self, table: str, receiver: IPv4Address) -> list[str]:
        found = []
        for route in self.all("search_transit_gateway_routes"):
            network = ip_network(route["DestinationCidrBlock"])
            if route["TransitGatewayRouteTableId"] == table and receiver in network:
                rank = {"static": 10, "vpc": 5, "vpn": 1}[
                    route["TransitGatewayAttachments"][0]["ResourceType"] if route["Type"] == "propagated" else "static"
                ]
                carriers = [each["TransitGatewayAttachmentId"] for each in route["TransitGatewayAttachments"]]
                found.append(((network.prefixlen, rank), carriers if route["State"] == "active" else []))
        best = max((order for order, _carriers in found), default=None)
        return [carrier for order, carriers in found if order == best for carrier in carriers]


def _speaks(ruled: str, ports: dict[str, int] | None, protocol: str, port: int) -> bool:
    if ruled == "-1":
        return True
    if PROTOCOLS.get(ruled, ruled) != PROTOCOLS.get(protocol, protocol):
        return False
    return protocol not in ("tcp", "udp") or ports is None or ports["From"] <= port <= ports["To"]


def _limits(permission: dict[str, Any]) -> dict[str, int] | None:
    return {"From": permission["FromPort"], "To": permission["ToPort"]} if "FromPort" in permission else None


def _is_public(address: IPv4Address) -> bool:
    return not any(address in network for network in SPECIAL)
