# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam between emulated clusters and their control planes, with planes that only keep a record."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal
from rehearsal.aws.eks.control_planes import CONTROL_PLANES, Endpoint, Nodes, Wanted
from rehearsal.aws.server import Emulator

from .conftest import Client

pytestmark = pytest.mark.emulator

_PATIENCE = 5.0


@dataclass
class Recorder:
    """A control plane that only keeps a record. It starts, and ends, when it may."""

    wanted: Wanted
    failure: str = ""
    started: bool = False
    stopped: bool = False
    nodes: Mapping[str, Nodes] = field(default_factory=dict)
    bindings: list[dict[str, Any]] = field(default_factory=list)
    may_start: threading.Event = field(default_factory=threading.Event)
    may_stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> Endpoint:
        self.may_start.wait(_PATIENCE)
        if self.failure:
            raise RuntimeError(self.failure)
        self.started = True
        self.bindings = self.wanted.bindings
        return Endpoint("https://127.0.0.1:6443", b"an authority")

    def stop(self) -> None:
        self.may_stop.wait(_PATIENCE)
        self.stopped = True

    def set_nodes(self, groups: Mapping[str, Nodes]) -> None:
        if self.failure:
            raise RuntimeError(self.failure)
        self.nodes = groups

    def bind(self, bindings: list[dict[str, Any]]) -> None:
        self.bindings = bindings


class Planes(list[Recorder]):
    """All that were made. `patient`: whether they wait to be let start and stop."""

    patient = False
    failure = ""

    def make(self, wanted: Wanted) -> Recorder:
        made = Recorder(wanted, self.failure)
        if not self.patient:
            made.may_start.set()
            made.may_stop.set()
        self.append(made)
        return made


@pytest.fixture
def planes(emulator: Emulator, rehearsal: Rehearsal) -> Iterator[Planes]:
    made = Planes()
    CONTROL_PLANES.maker = made.make
    yield made
    CONTROL_PLANES.maker = None
    for each in made:
        each.may_start.set()
        each.may_stop.set()
    rehearsal.reset()


def until(answer: Callable[[], Any]) -> Any:
    """Its first answer that is something; planes do what they are told in a thread of their own."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := answer()):
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.01)
    return found


@pytest.fixture
def cluster(planes: Planes, eks: Any, make_cluster: Callable[..., Any]) -> Recorder:
    """The plane of an active cluster."""
    make_cluster()
    until(lambda: eks.describe_cluster(name="dev")["cluster"]["status"] == "ACTIVE")
    return planes[0]


def test_a_cluster_is_active_when_its_control_plane_is_ready(planes: Planes, eks: Any, make_cluster: Callable[..., Any], emulator: Emulator) -> None:
    planes.patient = True
    assert make_cluster(kubernetesNetworkConfig={"serviceIpv4Cidr": "172.21.0.0/16"})["status"] == "CREATING"
    [plane] = planes
    assert (plane.wanted.name, plane.wanted.service_cidr) == ("123456789012-eu-central-1-dev", "172.21.0.0/16")
    assert plane.wanted.webhook_url == f"{emulator.url}/_rehearsal/eks/123456789012/eu-central-1/dev/token"
    plane.may_start.set()
    found = until(lambda: (now := eks.describe_cluster(name="dev")["cluster"])["status"] == "ACTIVE" and now)
    assert (found["endpoint"], base64.b64decode(found["certificateAuthority"]["data"])) == ("https://127.0.0.1:6443", b"an authority")
    assert found["identity"]["oidc"]["issuer"] == plane.wanted.issuer


def test_other_calls_are_answered_meanwhile(planes: Planes, eks: Any, make_cluster: Callable[..., Any]) -> None:
    planes.patient = True
    make_cluster()
    began = time.monotonic()
    assert eks.list_clusters()["clusters"] == ["dev"]
    assert time.monotonic() - began < _PATIENCE / 2


def test_a_control_plane_that_does_not_start_is_a_failed_cluster(planes: Planes, eks: Any, make_cluster: Callable[..., Any]) -> None:
    planes.failure = "kube-apiserver ended with 1"
    make_cluster()
    found = until(lambda: (now := eks.describe_cluster(name="dev")["cluster"])["status"] == "FAILED" and now)
    assert [issue["message"] for issue in found["health"]["issues"]] == ["kube-apiserver ended with 1"]
    eks.delete_cluster(name="dev")
    assert until(lambda: planes[0].stopped)


def test_a_cluster_is_gone_when_its_control_plane_is(planes: Planes, cluster: Recorder, eks: Any) -> None:
    cluster.may_stop.clear()
    assert eks.delete_cluster(name="dev")["cluster"]["status"] == "DELETING"
    assert eks.list_clusters()["clusters"] == ["dev"]
    cluster.may_stop.set()
    until(lambda: not eks.list_clusters()["clusters"])
    assert cluster.stopped


def test_a_reset_ends_all_control_planes(planes: Planes, cluster: Recorder, rehearsal: Rehearsal) -> None:
    rehearsal.reset()
    assert cluster.stopped


def test_node_groups_become_nodes(cluster: Recorder, eks: Any, ec2: Any, make_nodes: Callable[..., Any], subnets: list[str]) -> None:
    make_nodes(
        labels={"team": "payments"},
        taints=[{"key": "dedicated", "value": "payments", "effect": "NO_EXECUTE"}],
        scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 2},
    )
    nodes: Nodes = until(lambda: cluster.nodes.get("general"))
    assert {each.zone for each in nodes.machines} == {"eu-central-1a", "eu-central-1b"}
    instances = {each["InstanceId"]: each for found in ec2.describe_instances()["Reservations"] for each in found["Instances"]}
    assert {each.instance_id: each.address for each in nodes.machines} == {name: each["PrivateIpAddress"] for name, each in instances.items()}
    assert all(each.name == f"ip-{each.address.replace('.', '-')}.eu-central-1.compute.internal" for each in nodes.machines)
    assert (nodes.instance_type, nodes.architecture, nodes.cpu, nodes.memory, nodes.pods) == ("m6i.large", "amd64", 2, 8192, 110)
    assert nodes.taints == [{"key": "dedicated", "value": "payments", "effect": "NoExecute"}]
    assert nodes.labels["team"] == "payments"
    assert nodes.labels["eks.amazonaws.com/capacityType"] == "ON_DEMAND"
    assert nodes.kubelet_version.startswith("v1.35.7-eks-")
    assert until(lambda: eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]["status"] == "ACTIVE")


def test_nodes_that_do_not_become_ready_fail_their_group(cluster: Recorder, eks: Any, make_nodes: Callable[..., Any]) -> None:
    cluster.failure = "not Ready after 15 s"
    make_nodes()
    found = until(lambda: (now := eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"])["status"] != "CREATING" and now)
    assert found["status"] == "CREATE_FAILED"
    [issue] = found["health"]["issues"]
    assert (issue["code"], issue["message"], len(issue["resourceIds"])) == ("NodeCreationFailure", "not Ready after 15 s", 2)


def test_nodes_follow_their_group(cluster: Recorder, eks: Any, make_nodes: Callable[..., Any], make_client: Client) -> None:
    def settled() -> bool:
        return bool(eks.describe_nodegroup(clusterName="dev", nodegroupName="general")["nodegroup"]["status"] == "ACTIVE")

    make_nodes(scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 3}, labels={"old": "x"})
    until(settled)
    sizes = {"minSize": 1, "maxSize": 4, "desiredSize": 1}
    eks.update_nodegroup_config(clusterName="dev", nodegroupName="general", scalingConfig=sizes, labels={"removeLabels": ["old"]})
    until(settled)
    assert until(lambda: len(cluster.nodes["general"].machines) == 1 and "old" not in cluster.nodes["general"].labels)
    scaling = make_client("autoscaling")
    [name] = [each["AutoScalingGroupName"] for each in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]]
    scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=4)
    assert until(lambda: len(cluster.nodes["general"].machines) == 4)
    eks.delete_nodegroup(clusterName="dev", nodegroupName="general")
    assert eks.list_nodegroups(clusterName="dev")["nodegroups"] == []
    assert until(lambda: not cluster.nodes)


def test_access_policies_become_bindings(cluster: Recorder, eks: Any, make_role: Callable[..., str]) -> None:
    def bound() -> set[tuple[str, str, str, str]]:
        return {
            (each["kind"], each["metadata"].get("namespace", ""), each["subjects"][0]["name"], each["roleRef"]["name"])
            for each in cluster.bindings
            if "roleRef" in each
        }

    admin = ("ClusterRoleBinding", "", "eks:AmazonEKSClusterAdminPolicy", "cluster-admin")
    assert bound() == {admin}
    role = make_role("developers", "ec2.amazonaws.com")
    eks.create_access_entry(clusterName="dev", principalArn=role)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    scope = {"type": "namespace", "namespaces": ["payments", "ledger"]}
    eks.associate_access_policy(clusterName="dev", principalArn=role, policyArn=policy, accessScope=scope)
    edit = {("RoleBinding", name, f"eks:AmazonEKSEditPolicy:{name}", "edit") for name in ("payments", "ledger")}
    assert until(lambda: bound() == {admin} | edit)
    eks.delete_access_entry(clusterName="dev", principalArn=role)
    assert until(lambda: bound() == {admin})
