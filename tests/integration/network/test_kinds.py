# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind: made, found unchanged, changed by one update, retagged, deleted; with every call counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.dhcp_options import DhcpOptions
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.elastic_ip import ElasticIp
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.internet_gateway import InternetGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.logs.log_group import LogGroup
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.support.cloud import FAST, REGION, Cloud, Recording
from tests.support.kind_cases import CASES, Case, Counts
from tests.support.kinds import BUCKET, SCOPE, a_vpc, dhcp_options, tags, zonal_nat_gateway

pytestmark = pytest.mark.emulator


class Lab:
    """Converges lists of resources in an empty cloud, without a stack around them."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def plan(self, resources: Iterable[Resource], kinds: Iterable[type[Resource]] = (), *, purge: bool = False) -> tuple[Any, Plan]:
        desired, place = list(resources), self.cloud.place()
        every = {kind for resource in desired for kind in (type(resource), type(resource).within) if kind} | set(kinds)
        return place, make_plan(desired, read_live(every, place, SCOPE), SCOPE, purge=purge)

    def converge(self, resources: Iterable[Resource], kinds: Iterable[type[Resource]] = (), *, purge: bool = False) -> tuple[Plan, Recording]:
        place, plan = self.plan(resources, kinds, purge=purge)
        place.start_changing()
        with self.cloud.recorded() as recording:
            Executor(place, SCOPE, pace=FAST).apply(plan)
        return plan, recording


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Lab(cloud)


def told(plan: Plan) -> list[tuple[str, str, set[str]]]:
    return [(change.action.value, change.label, set(change.fields)) for change in plan.changes]


def allowed(plan: Plan) -> set[str]:
    """The calls that a plan's changes declare."""
    names = set[str]()
    for change in plan.changes:
        parts = {"create": ("create",), "replace": ("create", "delete"), "delete": ("delete",)}.get(change.action.value, ())
        of_fields = () if change.action.value == "delete" else change.fields
        names.update(name for part in (*parts, *of_fields) for name in change.kind.calls.get(part, ()))
    return names


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    basis, subject = case.make(1)
    kind, label = type(subject), subject.label
    lab.converge(basis, [kind])

    # Made.
    basis, subject = case.make(1)
    plan, made = lab.converge([*basis, subject])
    wanted = [("update" if subject.adopted else "create", label)] if case.create else []  # nothing, where its container brings all of it
    assert [(action, what) for action, what, _fields in told(plan)] == wanted
    assert made.counts(made.changing) == case.create
    assert case.create.keys() <= allowed(plan)

    # Unchanged: the plan is empty, and what that takes.
    basis, subject = case.make(1)
    _place, plan = lab.plan([*basis, subject])
    assert told(plan) == []
    assert reads(lab.cloud, kind) == case.reads

    # Changed, by one update of what differs.
    fields, calls = case.change
    if fields:
        plan, changed = lab.converge(_version_2(case))
        assert [(what, touched) for _action, what, touched in told(plan)] == [(label, fields)]
        assert changed.counts(changed.changing) == calls
        assert calls.keys() <= allowed(plan)
        assert told(lab.plan(_version_2(case))[1]) == []

    # Retagged.
    if hasattr(subject, "tags"):
        plan, tagged = lab.converge(_version_2(case, team="core"))
        assert told(plan) == [("update", label, {"tags"})]
        assert tagged.counts(tagged.changing) == {case.retag: 1}
        assert case.retag in allowed(plan)
        assert told(lab.plan(_version_2(case, team="core"))[1]) == []

    # Deleted.
    basis, _subject = case.make(2)
    plan, deleted = lab.converge(basis, [kind], purge=True)
    assert [(action, what) for action, what, _fields in told(plan)] == ([("delete", label)] if case.delete else [])
    assert deleted.counts(deleted.changing) == case.delete
    assert case.delete.keys() <= allowed(plan)
    basis, _subject = case.make(2)
    assert told(lab.plan(basis, [kind], purge=True)[1]) == []


def _version_2(case: Case, **more: str) -> list[Resource]:
    basis, subject = case.make(2)
    if more:
        subject.tags = {**more, **subject.tags}  # type: ignore[attr-defined]
    return [*basis, subject]


def reads(cloud: Cloud, kind: type[Resource]) -> Counts:
    """The calls that reading the kind takes, its container known."""
    place, containers, inside = cloud.place(), list[type[Resource]](), kind
    while inside.within:
        inside = inside.within
        containers.append(inside)
    known: Mapping[Any, Any] = read_live(containers, place, SCOPE)
    with cloud.recorded() as recording:
        read_live([kind], place, SCOPE, known)
    return recording.counts()


def test_options_in_use_are_replaced(lab: Lab) -> None:
    """AWS keeps a set that a VPC uses: the VPC goes back to the region's default set, and then to the new one."""

    def with_options(version: int) -> list[Resource]:
        _basis, options = dhcp_options(version)
        assert isinstance(options, DhcpOptions)
        return [options, a_vpc(dhcp_options=options)]

    lab.converge(with_options(1))
    plan, replaced = lab.converge(with_options(2))
    assert told(plan) == [("replace", "dhcp_options.main", {"options"}), ("update", "vpc.main", {"dhcp_options"})]
    assert replaced.counts(replaced.changing) == {"ec2.AssociateDhcpOptions": 2, "ec2.DeleteDhcpOptions": 1, "ec2.CreateDhcpOptions": 1}
    [options] = lab.cloud.all("dhcp_options")
    assert options["DhcpOptionsId"] in {each["DhcpOptionsId"] for each in lab.cloud.all("vpc")}
    assert told(lab.plan(with_options(2))[1]) == []


def test_a_log_group_takes_another_key(lab: Lab) -> None:
    keys = [lab.cloud.kms.create_key()["KeyMetadata"]["Arn"] for _each in range(2)]

    def encrypted(key: str) -> list[Resource]:
        return [LogGroup(name="flow-logs", scope=SCOPE, retention_days=365, kms_key=key, tags=tags("flow-logs"))]

    _plan, made = lab.converge(encrypted(keys[0]))
    assert made.counts(made.changing) == {"logs.CreateLogGroup": 1, "logs.PutRetentionPolicy": 1}
    plan, changed = lab.converge(encrypted(keys[1]))
    assert told(plan) == [("update", "log_group.flow-logs", {"kms_key"})]
    assert changed.counts(changed.changing) == {"logs.AssociateKmsKey": 1}
    assert told(lab.plan(encrypted(keys[1]))[1]) == []


def test_a_nat_gateway_that_failed_is_left_and_another_made(lab: Lab) -> None:
    """AWS keeps a failed one to be seen for an hour, and nothing can be done with it."""
    basis, _nat = zonal_nat_gateway(1)
    lab.converge(basis)
    ids = lab.cloud.ids()
    interface = lab.cloud.ec2.create_network_interface(SubnetId=ids["subnet.a"])["NetworkInterface"]["NetworkInterfaceId"]
    taken = lab.cloud.ec2.associate_address(AllocationId=ids["elastic_ip.nat-a"], NetworkInterfaceId=interface)["AssociationId"]
    basis, nat = zonal_nat_gateway(1)
    with pytest.raises(ApplyError, match=r"Cannot create nat_gateway.a: nat-\w+ .*failed"):
        lab.converge([*basis, nat])
    lab.cloud.ec2.disassociate_address(AssociationId=taken)
    basis, nat = zonal_nat_gateway(1)
    plan, made = lab.converge([*basis, nat])
    assert told(plan)[0][:2] == ("create", "nat_gateway.a")
    assert made.counts(made.changing) == {"ec2.CreateNatGateway": 1}
    basis, nat = zonal_nat_gateway(1)
    assert told(lab.plan([*basis, nat])[1]) == []


@pytest.mark.parametrize("kind", [InternetGateway, ElasticIp])
def test_of_two_with_one_name_the_unused_one_goes(lab: Lab, kind: type[Resource]) -> None:
    """As a creating call without a token leaves them when it is sent twice."""

    def resources() -> list[Resource]:
        basis, nat = zonal_nat_gateway(1)
        return [*basis, nat]

    lab.converge(resources())
    twin = next(each for each in resources() if isinstance(each, kind)).create(lab.cloud.place())
    plan, removed = lab.converge(resources())
    assert [(change.action.value, change.live and change.live.id) for change in plan.changes] == [("delete", twin.id)]
    assert len(removed.changing) == 1
    assert told(lab.plan(resources())[1]) == []
