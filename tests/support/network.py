# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network stack in this process, as the module runs it, and what its runs did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._aws.lease import Lease
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Pace
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import KINDS, NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Order, Run, Stack

from .cloud import ACCOUNT, FAST, REGION, Call, Cloud, Recording, name_of

SPEC = {**TOPOLOGY_SPEC, **NETWORK_SPEC, **STACK_SPEC}
SMALL: dict[str, Any] = {
    "platform": "acme",
    "environment": "dev",
    "account_id": ACCOUNT,
    "supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}],
    "environments": [{"name": "dev", "slot": 0}, {"name": "test", "slot": 1}],
    "zones": [{"name": "a", "slot": 0, "az_id": "euc1-az1"}, {"name": "b", "slot": 1, "az_id": "euc1-az2"}],
    "sites": [
        {"name": "office", "type": "office", "networks": [{"name": "developers", "cidrs": ["192.168.10.0/24", "192.168.12.0/24"]}]},
        {"name": "exchange", "type": "data_provider", "networks": [{"name": "api", "cidrs": ["172.31.40.0/24"]}]},
    ],
    "pod_supernet": "100.64.0.0/10",
    "gateway_endpoints": ["s3"],
    "interface_endpoints": ["sts"],
    "rules": [
        {"tier": "cluster_api", "direction": "ingress", "peer": "office.developers", "ports": "443", "reason": "developers to the API"},
        {"tier": "workload", "direction": "egress", "peer": "exchange.api", "ports": "443", "reason": "market data"},
    ],
}  # fmt: skip
ZONAL: dict[str, Any] = {"internet_egress": "zonal"}


@dataclass
class Outcome:
    """A run's result, the run itself and its calls."""

    result: dict[str, Any]
    run: Run
    recording: Recording
    aliases: dict[str, str]  # what a call may name a changed object by, to its id

    @property
    def told(self) -> list[tuple[str, str, set[str]]]:
        """The changes shown: action, kind.name, fields."""
        return [(each["action"], f"{each['kind']}.{each['name']}", set(each["fields"])) for each in self.result["changes"]]

    @property
    def changing(self) -> list[Call]:
        return self.recording.changing

    def __getitem__(self, key: str) -> Any:
        return self.result[key]


@dataclass
class Network:
    """An environment's network in a cloud; ``options`` are the module's, ``SMALL`` where not given."""

    cloud: Cloud
    options: dict[str, Any] = field(default_factory=dict)

    stack: ClassVar[Stack] = NETWORK
    spec: ClassVar[dict[str, Any]] = SPEC
    usual: ClassVar[dict[str, Any]] = SMALL

    def parameters(self, **options: Any) -> dict[str, Any]:
        checked = ArgumentSpecValidator(self.spec).validate({**self.usual, **self.options, **options})
        assert not checked.error_messages
        found: dict[str, Any] = checked.validated_parameters
        return found

    def run(
        self,
        *,
        check: bool = False,
        purge: bool = False,
        pace: Pace = FAST,
        lease: Mapping[str, Any] | None = None,
        region: str = REGION,
        account: str | None = ACCOUNT,
        **options: Any,
    ) -> Outcome:
        """One run of the module, with the account guard. ``account`` is whose credentials are used. Raises what the stack raises."""
        parameters = self.parameters(**options)
        aliases = self.cloud.aliases()
        with self.cloud.recorded() as recording:
            declared = self.stack.build(parameters, region)
            place = self.cloud.place(parameters["account_id"], region, credentials=account)
            place.guard()
            hub = parameters["hub"]
            if hub and hub["account_id"] != place.account_id:
                place.hub = self.cloud.place(hub["account_id"], region, hub["account_id"], place.tally)
            order = Order(absent=parameters["state"] == "absent", purge=purge, check=check)
            held = Lease(place, declared.scope, **{"seconds": 30, "patience": 0, "poll": 0.02, **(lease or {})})
            run = Run(self.stack, declared, place, order, pace=pace, lease=held)
            result = run.converge()
        return Outcome(result, run, recording, self.cloud.aliases() | aliases)

    def take_down(self, **options: Any) -> Outcome:
        return self.run(state="absent", **options)


# The parameters that name what a changing call changes. What creates names its object by tags, or by a name below.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "ec2.AssociateDhcpOptions": ("VpcId",),
    "ec2.AssociateRouteTable": ("RouteTableId",),
    "ec2.AssociateVpcCidrBlock": ("VpcId",),
    "ec2.AttachInternetGateway": ("InternetGatewayId",),
    "ec2.AuthorizeSecurityGroupEgress": ("GroupId",),
    "ec2.AuthorizeSecurityGroupIngress": ("GroupId",),
    "ec2.CreateNetworkAclEntry": ("NetworkAclId",),
    "ec2.CreateRoute": ("RouteTableId",),
    "ec2.CreateTags": ("Resources",),
    "ec2.DeleteDhcpOptions": ("DhcpOptionsId",),
    "ec2.DeleteFlowLogs": ("FlowLogIds",),
    "ec2.DeleteInternetGateway": ("InternetGatewayId",),
    "ec2.DeleteManagedPrefixList": ("PrefixListId",),
    "ec2.DeleteNatGateway": ("NatGatewayId",),
    "ec2.DeleteNetworkAcl": ("NetworkAclId",),
    "ec2.DeleteNetworkAclEntry": ("NetworkAclId",),
    "ec2.DeleteRoute": ("RouteTableId",),
    "ec2.DeleteRouteTable": ("RouteTableId",),
    "ec2.DeleteSecurityGroup": ("GroupId",),
    "ec2.DeleteSubnet": ("SubnetId",),
    "ec2.DeleteVpc": ("VpcId",),
    "ec2.DeleteVpcEndpoints": ("VpcEndpointIds",),
    "ec2.DetachInternetGateway": ("InternetGatewayId",),
    "ec2.DisassociateRouteTable": ("AssociationId",),
    "ec2.DisassociateVpcCidrBlock": ("AssociationId",),
    "ec2.ModifyManagedPrefixList": ("PrefixListId",),
    "ec2.ModifySubnetAttribute": ("SubnetId",),
    "ec2.ModifyVpcAttribute": ("VpcId",),
    "ec2.ModifyVpcEndpoint": ("VpcEndpointId",),
    "ec2.ReleaseAddress": ("AllocationId",),
    "ec2.ReplaceNetworkAclAssociation": ("NetworkAclId", "AssociationId"),
    "ec2.ReplaceNetworkAclEntry": ("NetworkAclId",),
    "ec2.ReplaceRoute": ("RouteTableId",),
    "ec2.ReplaceRouteTableAssociation": ("RouteTableId",),
    "ec2.RevokeSecurityGroupEgress": ("GroupId",),
    "ec2.RevokeSecurityGroupIngress": ("GroupId",),
    "iam.AttachRolePolicy": ("RoleName",),
    "iam.CreateRole": ("RoleName",),
    "iam.DeleteRole": ("RoleName",),
    "iam.DeleteRolePolicy": ("RoleName",),
    "iam.DetachRolePolicy": ("RoleName",),
    "iam.PutRolePolicy": ("RoleName",),
    "iam.TagRole": ("RoleName",),
    "iam.UpdateAssumeRolePolicy": ("RoleName",),
    "logs.CreateLogGroup": ("logGroupName",),
    "logs.DeleteLogGroup": ("logGroupName",),
    "logs.PutRetentionPolicy": ("logGroupName",),
    "logs.TagResource": ("resourceArn",),
}


def subjects(call: Call, aliases: Mapping[str, str]) -> set[str]:
    """What the call changes: ids, or the name where the call makes it."""
    given = call["parameters"]
    for specification in given.get("TagSpecifications", ()):
        return {each["Value"] for each in specification["Tags"] if each["Key"] == "fintech.platform/name"}
    found = [given[name] for name in SUBJECTS[name_of(call)]]
    ids = {inner for each in found for inner in (each if isinstance(each, list) else [each])}
    if given.get("DhcpOptionsId") == "default":
        ids.add(f"options of {given['VpcId']}")
    return {aliases.get(each, each) for each in ids}


def declared_calls(change: Mapping[str, Any]) -> set[str]:
    """The calls that a change, as it is shown, may make."""
    kind = next(each for each in KINDS if each.kind == change["kind"])
    actions = {"create": ("create",), "replace": ("create", "delete"), "delete": ("delete",), "update": ()}[change["action"]]
    fields = () if change["action"] == "delete" else change["fields"]
    return {name for part in (*actions, *fields) for name in kind.calls.get(part, ())}


def attributed(outcome: Outcome) -> tuple[list[str], list[str]]:
    """The changing calls that no change declares, and the changes that made none of their calls."""
    live = {each.label: each.live for each in outcome.run.declared.resources}
    made: dict[str, list[Call]] = {}
    expected: dict[str, tuple[set[str], set[str]]] = {}
    for change in outcome["changes"]:
        label = f"{change['kind']}.{change['name']}"
        now = live.get(label)
        ids = {change["id"], change["name"], now.id if now else None}
        expected[f"{change['action']} {label} {change['id']}"] = (declared_calls(change), {each for each in ids if each})
    undeclared = []
    for call in outcome.changing:
        whom = subjects(call, outcome.aliases)
        owners = [what for what, (calls, ids) in expected.items() if name_of(call) in calls and whom & ids]
        for what in owners:
            made.setdefault(what, []).append(call)
        if not owners:
            undeclared.append(f"{name_of(call)} {call['parameters']}")
    return undeclared, [what for what in expected if what not in made]
