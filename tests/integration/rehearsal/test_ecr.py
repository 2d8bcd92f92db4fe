# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories and images of ECR in the emulator: what AWS refuses, what it answers, and images that are there without a push."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal, RehearsalError

pytestmark = pytest.mark.emulator

Refused = Callable[..., Any]
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def key(rehearsal: Rehearsal, make_client: Callable[..., Any]) -> str:
    return str(make_client("kms", access_key="123456789012").create_key()["KeyMetadata"]["Arn"])


def push(ecr: Any, tag: str | None, content: str = "one", repository: str = "acme/app") -> str:
    text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "annotations": {"content": content}})
    ecr.put_image(repositoryName=repository, imageManifest=text, **({"imageTag": tag} if tag else {}))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def excluding(*filters: str) -> dict[str, Any]:
    return {
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": each} for each in filters],
    }


def rule(priority: int = 1, status: str = "untagged", count: str = "sinceImagePushed", number: int = 14, **selection: Any) -> dict[str, Any]:
    unit = {"countUnit": "days"} if count.startswith("since") else {}
    chosen = {"tagStatus": status, "countType": count, "countNumber": number, **unit, **selection}
    return {"rulePriority": priority, "selection": chosen, "action": {"type": "expire"}}


def test_a_repository_is_created_with_everything_that_it_has(ecr: Any, key: str) -> None:
    made = ecr.create_repository(
        repositoryName="acme/app", tags=[{"Key": "team", "Value": "core"}], imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key.rpartition("/")[2]}, **excluding("latest", "dev-*"),
    )["repository"]  # fmt: skip
    assert made["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}
    [described] = ecr.describe_repositories()["repositories"]
    assert described == made
    assert [each["filter"] for each in described["imageTagMutabilityExclusionFilters"]] == ["latest", "dev-*"]
    assert ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "team", "Value": "core"}]


def test_repositories_come_in_pages(ecr: Any) -> None:
    for number in range(105):
        ecr.create_repository(repositoryName=f"acme/app-{number:03}")
    assert len(ecr.describe_repositories()["repositories"]) == 100
    pages = list(ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 50}))
    assert [len(page["repositories"]) for page in pages] == [50, 50, 5]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}, "InvalidParameterException"),
        ({**excluding("v*"), "imageTagMutability": "IMMUTABLE"}, "InvalidParameterException"),
        (excluding("*a*b*"), "InvalidParameterException"),
        ({"tags": [{"Key": "aws:made", "Value": "x"}]}, "InvalidTagParameterException"),
        ({"tags": [{"Key": str(number), "Value": "x"} for number in range(51)]}, "TooManyTagsException"),
        ({"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "nobody"}}, "KmsException"),
        ({"encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": "nobody"}}, "InvalidParameterException"),
        ({"repositoryName": "Acme"}, "InvalidParameterException"),
    ],
    ids=str,
)
def test_a_repository_is_refused(ecr: Any, refused: Refused, options: dict[str, Any], code: str) -> None:
    with refused(code):
        ecr.create_repository(**{"repositoryName": "acme/app", **options})
    assert ecr.describe_repositories()["repositories"] == []


def test_a_key_in_another_region_is_refused(ecr: Any, key: str, refused: Refused) -> None:
    with refused("KmsException", "account and region"):
        ecr.create_repository(
            repositoryName="acme/app", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key.replace("eu-central-1", "us-east-1")}
        )


def test_a_name_is_given_once_and_a_full_repository_stays(ecr: Any, refused: Refused) -> None:
    ecr.create_repository(repositoryName="acme/app")
    with refused("RepositoryAlreadyExistsException"):
        ecr.create_repository(repositoryName="acme/app")
    push(ecr, "1")
    with refused("RepositoryNotEmptyException"):
        ecr.delete_repository(repositoryName="acme/app")
    ecr.delete_repository(repositoryName="acme/app", force=True)
    with refused("RepositoryNotFoundException"):
        ecr.describe_images(repositoryName="acme/app")


def test_an_immutable_tag_stays_where_it_is_and_an_excluded_one_moves(ecr: Any, refused: Refused) -> None:
    ecr.create_repository(repositoryName="acme/app", **excluding("dev-*"))
    push(ecr, "1.0")
    push(ecr, "dev-1")
    with refused("ImageAlreadyExistsException"):
        push(ecr, "1.0")
    with refused("ImageTagAlreadyExistsException", "immutable"):
        push(ecr, "1.0", "two")
    second = push(ecr, "dev-1", "two")
    tags = {tag: image["imageDigest"] for image in ecr.describe_images(repositoryName="acme/app")["imageDetails"] for tag in image["imageTags"]}
    assert tags["dev-1"] == second != tags["1.0"]
    ecr.put_image_tag_mutability(
        repositoryName="acme/app", imageTagMutability="MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "*-1"}],
    )  # fmt: skip
    push(ecr, "1.0", "two")
    with refused("ImageTagAlreadyExistsException"):
        push(ecr, "dev-1", "three")
    ecr.put_image_tag_mutability(repositoryName="acme/app", imageTagMutability="IMMUTABLE")
    assert "imageTagMutabilityExclusionFilters" not in ecr.describe_repositories()["repositories"][0]
    with refused("ImageTagAlreadyExistsException"):
        push(ecr, "1.0", "three")


def test_images_are_found_by_tag_and_digest_and_by_whether_they_have_a_tag(ecr: Any, refused: Refused) -> None:
    ecr.create_repository(repositoryName="acme/app")
    tagged, untagged = push(ecr, "1"), push(ecr, None, "two")
    both = ecr.describe_images(repositoryName="acme/app", imageIds=[{"imageTag": "1"}, {"imageDigest": untagged}, {"imageDigest": tagged}])
    assert [image["imageDigest"] for image in both["imageDetails"]] == [tagged, untagged]
    found = ecr.describe_images(repositoryName="acme/app", filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [(image["imageDigest"], image.get("imageTags")) for image in found] == [(untagged, None)]
    assert ecr.list_images(repositoryName="acme/app", filter={"tagStatus": "TAGGED"})["imageIds"] == [{"imageDigest": tagged, "imageTag": "1"}]
    assert [len(page["imageIds"]) for page in ecr.get_paginator("list_images").paginate(repositoryName="acme/app", maxResults=1)] == [1, 1]
    with refused("ImageNotFoundException"):
        ecr.describe_images(repositoryName="acme/app", imageIds=[{"imageTag": "1"}, {"imageTag": "2"}])
    with refused("ImageDigestDoesNotMatchException"):
        ecr.put_image(repositoryName="acme/app", imageManifest='{"mediaType": "x"}', imageDigest=DIGEST)


def test_seeded_images_are_there_with_their_repository(ecr: Any, rehearsal: Rehearsal, make_client: Callable[..., Any]) -> None:
    ecr.create_repository(repositoryName="acme/app", imageTagMutability="IMMUTABLE")
    rehearsal.images(
        [{"repository": name, "tag": tag, "digest": DIGEST} for name, tag in (("acme/app", "1"), ("acme/app", "2"), ("acme/later", "1"))]
    )
    ecr.create_repository(repositoryName="acme/later")
    for name, tags in (("acme/app", ["1", "2"]), ("acme/later", ["1"])):
        [image] = ecr.describe_images(repositoryName=name)["imageDetails"]
        assert (image["imageDigest"], image["imageTags"]) == (DIGEST, tags)
    elsewhere = make_client("ecr", access_key="222222222222")
    elsewhere.create_repository(repositoryName="acme/later")
    assert elsewhere.describe_images(repositoryName="acme/later")["imageDetails"] == []
    with pytest.raises(RehearsalError, match="an image has a repository"):
        rehearsal.images([{"repository": "acme/app", "tag": "1"}])
    rehearsal.reset()
    ecr.create_repository(repositoryName="acme/later")
    assert ecr.describe_images(repositoryName="acme/later")["imageDetails"] == []


@pytest.mark.parametrize(
    "rules",
    [
        [rule(), rule(2, "tagged", "imageCountMoreThan", 100, tagPatternList=["*"])],
        [rule(1, "tagged", "sinceImagePulled", 90, tagPrefixList=["v"]), rule(5, "any", "imageCountMoreThan", 10)],
    ],
)
def test_a_lifecycle_policy_is_kept(ecr: Any, refused: Refused, rules: list[dict[str, Any]]) -> None:
    ecr.create_repository(repositoryName="acme/app")
    with refused("LifecyclePolicyNotFoundException"):
        ecr.get_lifecycle_policy(repositoryName="acme/app")
    text = json.dumps({"rules": rules})
    ecr.put_lifecycle_policy(repositoryName="acme/app", lifecyclePolicyText=text)
    assert ecr.get_lifecycle_policy(repositoryName="acme/app")["lifecyclePolicyText"] == text


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ([], "needs one"),
        ([rule(), rule()], "one of its own"),
        ([rule(), rule(2)], "untagged"),
        ([rule(1, "any"), rule(2, "tagged", tagPrefixList=["v"])], "comes last"),
        ([rule(status="tagged")], "tagPatternList or tagPrefixList"),
        ([rule(tagPrefixList=["v"])], "others take none"),
        ([rule(status="tagged", tagPatternList=["*a*b*c*d*"])], "wildcards"),
        ([rule(countUnit="weeks")], "countUnit"),
        ([rule(number=0)], "minimum"),
        ([rule(count="sinceForever")], "sinceForever"),
        ([{**rule(), "action": {"type": "burn"}}], "burn"),
        ([{**rule(), "colour": "red"}], "colour"),
        ([{"rulePriority": 1}], "Could not map"),
    ],
    ids=str,
)
def test_a_lifecycle_policy_is_refused(ecr: Any, refused: Refused, rules: list[dict[str, Any]], problem: str) -> None:
    ecr.create_repository(repositoryName="acme/app")
    with refused("InvalidParameterException", problem):
        ecr.put_lifecycle_policy(repositoryName="acme/app", lifecyclePolicyText=json.dumps({"rules": rules}).ljust(100))  # AWS's least
