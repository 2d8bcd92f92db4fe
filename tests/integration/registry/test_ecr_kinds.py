# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives of ECR's kinds, and what is particular to them: answers that are lost, what others did, images that must not be lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.documents import access_policy
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.repository import MIRRORED, Repository
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import ownership
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from tests.integration.network import test_kinds
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import Cloud
from tests.support.ecr_cases import ECR_CASES, a_repository, allowing
from tests.support.kind_cases import Case
from tests.support.kinds import SCOPE, tags

pytestmark = pytest.mark.emulator

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


def seeded(lab: Lab, *repositories: str) -> None:
    lab.cloud.control.images([{"repository": f"acme/{name}", "tag": "1", "digest": DIGEST} for name in repositories])


@pytest.mark.parametrize("case", ECR_CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    test_kinds.test_a_life(lab, case)


@pytest.mark.parametrize("case", ECR_CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("step", ["create", "change", "delete"])
def test_an_answer_that_is_lost_changes_nothing(lab: Lab, case: Case, step: str) -> None:
    """The SDK tries again, is told that it is done already, and the executor looks."""
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


def test_a_repository_is_encrypted_with_its_key_for_good(lab: Lab) -> None:
    keys = [lab.cloud.kms.create_key()["KeyMetadata"]["Arn"] for _each in range(2)]
    _plan, made = lab.converge([a_repository(kms_key=keys[0])])
    assert made.counts(made.changing) == {"ecr.CreateRepository": 1}
    assert told(lab.plan([a_repository(kms_key=keys[0])])[1]) == []
    assert told(lab.plan([a_repository()])[1]) == []  # unset is untouched
    with pytest.raises(PlanError, match=rf"Cannot change repository.app: its kms_key is {keys[0]} and cannot become {keys[1]}"):
        lab.plan([a_repository(kms_key=keys[1])])


def test_policies_compare_whichever_way_they_are_written(lab: Lab) -> None:
    desired = access_policy(allowing("222222222222", "333333333333"))
    lab.converge([a_repository(policy=desired)])
    [statement] = allowing()["Statement"]
    written = {**statement, "Action": statement["Action"][::-1], "Principal": {"AWS": ["333333333333", "222222222222"]}}
    lab.cloud.ecr.set_repository_policy(repositoryName="acme/app", policyText=json.dumps({"Version": "2012-10-17", "Statement": written}, indent=2))
    assert told(lab.plan([a_repository(policy=desired)])[1]) == []


def test_what_a_colleague_changed_is_changed_back(lab: Lab) -> None:
    lab.converge([a_repository()])
    ecr = lab.cloud.ecr
    ecr.put_image_tag_mutability(
        repositoryName="acme/app", imageTagMutability="MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "v*"}],
    )  # fmt: skip
    ecr.set_repository_policy(repositoryName="acme/app", policyText=json.dumps(allowing("222222222222")))
    arn = ecr.describe_repositories()["repositories"][0]["repositoryArn"]
    ecr.untag_resource(resourceArn=arn, tagKeys=["Name"])
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "theirs", "Value": "kept"}])
    plan, _changed = lab.converge([a_repository()])
    assert told(plan) == [("update", "repository.app", {"mutable_tags", "policy", "tags"})]
    assert plan.changes[0].to_dict()["fields"]["mutable_tags"] == {"before": ["!v*", "*"], "after": []}
    assert told(lab.plan([a_repository()])[1]) == []
    assert {"Key": "theirs", "Value": "kept"} in ecr.list_tags_for_resource(resourceArn=arn)["tags"]


def test_only_repositories_of_the_namespace_are_looked_at(lab: Lab) -> None:
    """Another name in it is foreign or another stack's, and costs a call for its tags; what is beside it costs none."""
    lab.converge([a_repository()])
    made = ownership(replace(SCOPE, stack="other"), "acme/made")
    lab.cloud.ecr.create_repository(repositoryName="acme/theirs")
    lab.cloud.ecr.create_repository(repositoryName="acme/made", tags=[{"Key": key, "Value": value} for key, value in made.items()])
    lab.cloud.ecr.create_repository(repositoryName="acme.cache/pause")
    with lab.cloud.recorded() as recording:
        plan = lab.plan([a_repository()], purge=True)[1]
    assert (told(plan), [(kind.kind, live.id) for kind, live in plan.foreign]) == ([], [("repository", "acme/theirs")])
    assert recording.counts() == {
        "ecr.DescribeRepositories": 1, "ecr.ListTagsForResource": 3, "ecr.GetLifecyclePolicy": 1, "ecr.GetRepositoryPolicy": 1
    }  # fmt: skip
    with pytest.raises(PlanError, match=r"acme/theirs has the same repository_name acme/theirs and does not carry this platform's tags"):
        lab.plan([a_repository(), a_repository("theirs")])


def test_images_that_are_nowhere_else_keep_their_repository(lab: Lab) -> None:
    seeded(lab, "full", "copies")
    mirrored = {"tags": {**tags("copies"), MIRRORED: "true"}}
    lab.converge([a_repository("full"), a_repository("empty"), a_repository("copies", **mirrored)])
    place, plan = lab.plan([], [Repository], purge=True)
    [problem] = Repository.check(place, plan.changes)
    assert problem == (
        "The repository acme/full has images, which would be lost with it. If nobody needs them any more: "
        "aws ecr delete-repository --force --repository-name acme/full"
    )
    with pytest.raises(ApplyError, match=r"Cannot delete repository\.full: .*RepositoryNotEmptyException"):
        lab.converge([], [Repository], purge=True)
    assert [each["repositoryName"] for each in lab.cloud.ecr.describe_repositories()["repositories"]] == ["acme/full"]
