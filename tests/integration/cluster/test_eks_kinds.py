# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives of the cluster's kinds, and what is particular to them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.eks.access_entry import AccessEntry, AccessPolicy
from ansible_collections.fintech.platform.plugins.module_utils._aws.kms.key import Key
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network import test_kinds
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import Cloud
from tests.support.eks_cases import EKS_CASES, a_cluster, a_key, a_node_group, a_template, access_entry, lay_network
from tests.support.kind_cases import Case
from tests.support.kinds import SCOPE

pytestmark = pytest.mark.emulator


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    lay_network(cloud)
    return Lab(cloud)


def checked(lab: Lab, resources: list[Resource]) -> list[str]:
    """The problems that only AWS knows of, as a stack asks for them."""
    place, plan = lab.plan(resources)
    kinds = sorted({change.kind for change in plan.changes}, key=lambda kind: kind.kind)
    return [problem for kind in kinds for problem in kind.check(place, [each for each in plan.changes if each.kind is kind])]


@pytest.mark.parametrize("case", EKS_CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    test_kinds.test_a_life(lab, case)


@pytest.mark.parametrize("case", EKS_CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("step", ["create", "change", "delete"])
def test_an_answer_that_is_lost_changes_nothing(lab: Lab, case: Case, step: str) -> None:
    """The SDK tries again with the same token, or is told that it is done already, and the executor looks."""
    version = 1 if step == "create" else 2
    if step != "create":
        basis, subject = case.make(1)
        lab.converge([*basis, subject])
    basis, subject = case.make(version)
    desired = basis if step == "delete" else [*basis, subject]
    for name in {"create": case.create, "change": case.change[1], "delete": case.delete}[step]:
        lab.cloud.control.fault("drop", action=name.partition(".")[2], moment="after")
    lab.converge(desired, [type(subject)], purge=True)
    lab.cloud.control.clear_faults()
    basis, subject = case.make(version)
    desired = basis if step == "delete" else [*basis, subject]
    assert told(lab.plan(desired, [type(subject)], purge=True)[1]) == []


def test_a_key_that_waits_for_its_deletion_is_taken_back(lab: Lab) -> None:
    lab.converge([a_key()])
    [before] = Key.read(lab.cloud.place(), SCOPE, frozenset())
    plan, _removed = lab.converge([], [Key], purge=True)
    [removal] = plan.changes
    assert removal.live
    assert removal.live.values["deletion_date"]
    plan, made = lab.converge([a_key(rotation_days=180)])
    assert told(plan)[0][:2] == ("create", "key.main")
    assert made.counts(made.changing) == {"kms.CancelKeyDeletion": 1, "kms.EnableKey": 1, "kms.EnableKeyRotation": 1}
    [after] = Key.read(lab.cloud.place(), SCOPE, frozenset())
    assert (after.id, after.state, after.values["rotation_days"]) == (before.id, "enabled", 180)


def test_a_key_without_its_alias_is_found_again(lab: Lab) -> None:
    """A run was killed between the two calls."""
    lab.converge([a_key()])
    [before] = Key.read(lab.cloud.place(), SCOPE, frozenset())
    lab.cloud.kms.delete_alias(AliasName=a_key().alias)
    _plan, made = lab.converge([a_key()])
    assert made.counts(made.changing) == {"kms.CreateAlias": 1}
    assert [live.id for live in Key.read(lab.cloud.place(), SCOPE, frozenset())] == [before.id]


def test_a_key_that_was_disabled_is_enabled(lab: Lab) -> None:
    lab.converge([a_key()])
    [live] = Key.read(lab.cloud.place(), SCOPE, frozenset())
    lab.cloud.kms.disable_key(KeyId=live.detail)
    plan, changed = lab.converge([a_key()])
    assert told(plan) == [("update", "key.main", {"enabled", "state"})]
    assert changed.counts(changed.changing) == {"kms.EnableKey": 1}


def test_a_new_version_of_the_launch_template_replaces_the_nodes(lab: Lab) -> None:
    basis, group = a_node_group()
    lab.converge([*basis, group])
    basis, group = a_node_group(size=80)
    plan, changed = lab.converge([*basis, group])
    assert told(plan) == [("update", "launch_template.general", {"data"}), ("update", "node_group.general", {"template"})]
    assert changed.counts(changed.changing) == {"ec2.CreateLaunchTemplateVersion": 1, "eks.UpdateNodegroupVersion": 1}
    found = lab.cloud.eks.describe_nodegroup(clusterName="acme-dev", nodegroupName="general")["nodegroup"]
    assert found["launchTemplate"]["version"] == "2"
    basis, group = a_node_group(size=80)
    assert told(lab.plan([*basis, group])[1]) == []


def test_a_version_made_by_hand_is_drift(lab: Lab) -> None:
    lab.converge([a_template()])
    [live] = lab.plan([a_template()])[1].unchanged
    lab.cloud.ec2.create_launch_template_version(LaunchTemplateId=live.id, LaunchTemplateData={"EbsOptimized": True})
    plan, _changed = lab.converge([a_template()])
    assert told(plan) == [("update", "launch_template.general", {"data"})]
    assert plan.changes[0].to_dict()["fields"]["data"]["before"] == {"EbsOptimized": True}
    assert told(lab.plan([a_template()])[1]) == []


def test_what_eks_keeps_for_the_life_of_a_node_group_is_refused(lab: Lab) -> None:
    basis, group = a_node_group()
    lab.converge([*basis, group])
    basis, group = a_node_group(instance_types=("m7i.large",), capacity_type="SPOT")
    problems = checked(lab, [*basis, group])
    assert [problem.partition(", since")[0] for problem in problems] == [
        "Cannot change node_group.general: its capacity_type is ON_DEMAND and cannot become SPOT",
        "Cannot change node_group.general: its instance_types is ['m6i.large'] and cannot become ['m7i.large']",
    ]


@pytest.mark.parametrize(
    ("options", "told_problem"),
    [
        ({"instance_types": ("m6g.large",)}, r"m6g.large is arm64, but the image AL2023_x86_64_STANDARD is for x86_64"),
        ({"max_pods": 111}, r"max_pods is 111, but m6i.large holds 110 \(3 interfaces x 9 prefixes x 16 \+ 2 = 434, and at most 110 with 2 vCPUs\)"),
        ({"instance_types": ("m6i.tiny",)}, r"instance types do not exist: \[m6i.tiny\]"),
    ],
)
def test_instance_types_that_do_not_fit_are_refused(lab: Lab, options: dict[str, Any], told_problem: str) -> None:
    basis, group = a_node_group(**options)
    [problem] = checked(lab, [*basis, group])
    assert re.search(told_problem, problem)


@pytest.mark.parametrize(
    ("version", "support", "told_problem"),
    [
        ("1.36", "STANDARD", r"runs Kubernetes 1.34, and EKS updates one minor version at a time. Set 1.35 first, instead of 1.36."),
        ("1.33", "EXTENDED", r"runs Kubernetes 1.34, which cannot become 1.33. Put 1.34 back."),
        ("1.33", "STANDARD", r"Kubernetes 1.33 is in extended support, which eks_cluster_support STANDARD excludes"),
        ("1.99", "STANDARD", r"EKS does not offer Kubernetes 1.99. It offers 1.31, 1.32, 1.33, 1.34, 1.35, 1.36."),
    ],
)
def test_versions_that_cannot_be_reached_are_refused(lab: Lab, version: str, support: str, told_problem: str) -> None:
    lab.converge(a_cluster()[0])
    [problem] = checked(lab, a_cluster(version=version, support=support)[0])
    assert re.search(told_problem, problem)


def test_the_access_of_nodes_is_neither_ours_nor_foreign(lab: Lab) -> None:
    """EKS makes an entry for the role of its nodes."""
    basis, group = a_node_group()
    lab.converge([*basis, group])
    basis, group = a_node_group()
    plan = lab.plan([*basis, group], [AccessEntry], purge=True)[1]
    assert (told(plan), plan.foreign) == ([], [])


def test_an_unknown_access_policy_is_refused(lab: Lab) -> None:
    basis, made = access_entry(1)
    assert isinstance(made, AccessEntry)
    made.policies = frozenset({AccessPolicy("AmazonEKSVieuwPolicy")})
    [problem] = checked(lab, [*basis, made])
    assert problem.startswith("access_entry.core: EKS has no access policy AmazonEKSVieuwPolicy. It has AmazonEKSAdminPolicy, ")


def test_a_cluster_that_is_somebody_elses_is_not_taken(lab: Lab) -> None:
    lab.converge(a_cluster()[0])
    arn = lab.cloud.eks.describe_cluster(name="acme-dev")["cluster"]["arn"]
    lab.cloud.eks.untag_resource(resourceArn=arn, tagKeys=["fintech.platform/name"])
    with pytest.raises(
        PlanError, match=r"Cannot create cluster.main: acme-dev has the same cluster_name acme-dev and does not carry this platform's tags"
    ):
        lab.plan(a_cluster()[0])
