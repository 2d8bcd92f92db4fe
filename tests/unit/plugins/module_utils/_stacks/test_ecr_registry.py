# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared for the registry, and what is refused before any call."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.pull_through_cache_rule import PullThroughCacheRule
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.repository import MIRRORED, Repository
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.repository_creation_template import RepositoryCreationTemplate
from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.graph import ordered
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry import ECR_REGISTRY, KINDS
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry_spec import ECR_REGISTRY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Declaration

KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000"
CI = "arn:aws:iam::222222222222:role/ci"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"
IMAGE = {"name": "pause", "upstream": "registry.k8s.io/pause", "tag": "3.10.1", "digest": f"sha256:{'a' * 64}", "source": "https://example.com"}
K8S = {"name": "k8s", "upstream": "registry.k8s.io"}
Made = TypeVar("Made", bound=Resource)


def declare(**options: Any) -> Declaration:
    given = {"platform": "acme", "environment": "hub", "account_id": "123456789012", **options}
    checked = ArgumentSpecValidator({**ECR_REGISTRY_SPEC, **STACK_SPEC}).validate(given)
    assert not checked.error_messages
    return ECR_REGISTRY.build(checked.validated_parameters, "eu-central-1")


def of(declaration: Declaration, kind: type[Made]) -> dict[str, Made]:
    return {each.name: each for each in declaration.resources if isinstance(each, kind)}


def repository(name: str = "web", **options: Any) -> dict[str, Any]:
    return {"repositories": [{"name": name, **options}]}


def pull_through(**options: Any) -> dict[str, Any]:
    return {"pull_through": [{**K8S, **options}]}


def replication(*regions: str) -> dict[str, Any]:
    return {"replication": [{"destinations": [{"region": region, "account_id": "123456789012"}]} for region in regions]}


def policy(**statement: Any) -> dict[str, Any]:
    return {"registry_policy": {"Version": "2012-10-17", "Statement": [statement]}}


WRONG: list[tuple[dict[str, Any], str]] = [
    (repository("Web"), "ecr_registry_repositories, Web: a repository's name has lower-case letters"),
    (repository("a" * 201), "200 at most"),
    (repository("mirror/pause"), "mirror/ is where copies of platform_images are"),
    (repository(mutable_tags=["a*b*c*"]), "two wildcards (*) at most"),
    (repository(mutable_tags=["*", "dev"]), "or '*' alone"),
    (repository(mutable_tags=list("abcdef")), "mutable_tags takes 5 patterns"),
    (repository(mutable_tags=["a b"]), "(a b is none)"),
    (repository(expire=[{"tags": ["dev-*"]}]), "expire takes either newest, how many images stay, or days"),
    (repository(expire=[{"tags": ["dev-*"], "newest": 1, "days": 1}]), "expire takes either newest"),
    (repository(expire=[{"tags": ["dev-*"], "days": 0}]), "one at least"),
    (repository(expire=[{"tags": [], "days": 1}]), "expire needs patterns of tags"),
    (repository(pull_accounts=["1234"]), "pull_accounts has 1234, which is no account id"),
    (repository(push_principals=["arn:aws:iam::222222222222:role/*"]), "takes no wildcard in it"),
    (repository(kms_key_arn="alias/registry"), "ecr_registry_repositories, web, kms_key_arn: alias/registry is no ARN of a KMS key"),
    ({"kms_key_arn": KEY.replace("eu-central-1", "us-east-1")}, "the key is in us-east-1, but ECR takes one in eu-central-1"),
    ({"push_principals": ["ci"]}, "ecr_registry: push_principals has ci"),
    ({"scanning": {"continuous": ["*"]}}, "only type enhanced scans continuously"),
    ({"scanning": {"on_push": ["Acme/*"]}}, "Acme/* is none"),
    (policy(Effect="Allow", Principal="*", Action="ecr:ReplicateImage"), "a statement has no Resource"),
    ({"registry_policy": {"Version": "2012-10-17"}}, "For no policy write {}"),
    (policy(Effect="Allow", Principal="*", Action="ecr:*", Resource=["x" * 10240]), "more than 10240 characters"),
    (replication("eu-central-1"), "123456789012 in eu-central-1 is this registry itself"),
    (replication(*["eu-west-1"] * 11), "AWS takes 10 rules and 25 destinations"),
    ({"replication": [{"destinations": []}]}, "a rule has no destinations"),
    (pull_through(name="k" * 30), "the prefix acme." + "k" * 30 + " has 35 characters"),
    (pull_through(upstream="registry.k8s.oi"), "ECR gets nothing from registry.k8s.oi. Did you mean 'registry.k8s.io'?"),
    (pull_through(upstream="ghcr.io"), "ghcr.io asks for credentials"),
    (pull_through(upstream="acme.azurecr.io"), "acme.azurecr.io asks for credentials"),
    (pull_through(upstream="ghcr.io", credential_arn=SECRET.replace("ecr-pull", "pull")), "no secret whose name begins with ecr-pullthroughcache/"),
    ({"pull_through": [{**K8S, "name": f"k{number}"} for number in range(51)]}, "51 rules are too many: AWS takes 50"),
    ({"templates": [{"prefix": "Teams", "applied_for": ["replication"]}]}, "ecr_registry_templates, Teams: the prefix is neither"),
    ({"templates": [{"prefix": "teams", "applied_for": ["replication"], "mutable_tags": ["***"]}]}, "ecr_registry_templates, teams: mutable_tags"),
    ({"images": [{**IMAGE, "digest": "x"}]}, "platform_images, image pause: digest x is none"),
    ({"tags": {"Name": "x"}}, "'Name' is written by the platform itself"),
]


@pytest.mark.parametrize(("options", "text"), WRONG, ids=[text for _options, text in WRONG])
def test_what_is_wrong_is_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(PlanError) as refused:
        declare(**options)
    assert text in str(refused.value)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(PlanError) as refused:
        declare(**repository("Web"), **pull_through(upstream="ghcr.io"), scanning={"continuous": ["*"]})
    assert len(refused.value.details["problems"]) == 3


def test_what_is_taken_down_need_not_be_right() -> None:
    declare(state="absent", **repository("Web"))
    with pytest.raises(PlanError, match="hub is protected from deletion"):
        declare(state="absent", deletion_protection=True)


def test_a_graph_of_the_stacks_kinds() -> None:
    everything = {
        **repository(kms_key_arn=KEY), **pull_through(), **replication("eu-west-1"), "registry_policy": {}, "images": [IMAGE],
        "templates": [{"prefix": "ROOT", "applied_for": ["replication"]}],
    }  # fmt: skip
    declared = declare(**everything)
    assert len(ordered(declared.resources)) == len(declared.resources)
    assert {type(each) for each in declared.resources} == set(KINDS)


def test_twice_the_same_name_is_refused_by_the_graph() -> None:
    with pytest.raises(PlanError, match=r"repository\.web is declared twice"):
        ordered(declare(repositories=[{"name": "web"}, {"name": "web"}]).resources)


def test_only_the_mirror_pushes_to_copies_and_they_alone_go_with_their_images() -> None:
    found = of(
        declare(**repository(pull_accounts=["333333333333"]), images=[IMAGE], push_principals=[CI], pull_accounts=["222222222222"]), Repository
    )
    assert {name: MIRRORED in each.tags for name, each in found.items()} == {"web": False, "mirror/pause": True}
    [pull] = (found["mirror/pause"].policy or {})["Statement"]
    assert (pull["Sid"], pull["Principal"]) == ("Pull", {"AWS": "222222222222"})
    own = {each["Sid"]: each["Principal"]["AWS"] for each in (found["web"].policy or {})["Statement"]}
    assert own == {"Pull": ["222222222222", "333333333333"], "Push": CI}


def test_a_repository_has_its_own_key_or_the_registrys() -> None:
    other = KEY.replace("0a1b", "ffff")
    found = of(declare(repositories=[{"name": "a"}, {"name": "b", "kms_key_arn": other}], kms_key_arn=KEY, images=[IMAGE]), Repository)
    assert {name: each.kms_key for name, each in found.items()} == {"a": KEY, "b": other, "mirror/pause": KEY}


def test_nothing_expires_where_nothing_is_asked_to() -> None:
    assert of(declare(**repository(), untagged_days=0), Repository)["web"].lifecycle == {}


def test_every_cache_rule_has_a_template_and_ecr_a_role_for_these_names_alone() -> None:
    declared = declare(**pull_through(), kms_key_arn=KEY, tags={"team": "core"})
    assert list(of(declared, PullThroughCacheRule)) == ["acme.k8s"]
    template = of(declared, RepositoryCreationTemplate)["acme.k8s"]
    assert (template.kms_key, template.applied_for, template.resource_tags["team"]) == (KEY, frozenset({"PULL_THROUGH_CACHE"}), "core")
    assert template.resource_tags["fintech.platform/stack"] == "ecr_registry_on_demand"
    [making, encrypting] = of(declared, Role)["templates"].policy["Statement"]
    arn = "arn:aws:ecr:eu-central-1:123456789012:repository"
    assert (making["Resource"], encrypting["Resource"]) == ([f"{arn}/acme/*", f"{arn}/acme.*"], [KEY])
    assert not any("*" in action for each in (making, encrypting) for action in each["Action"])
    root = of(declare(templates=[{"prefix": "ROOT", "applied_for": ["replication"]}]), Role)["templates"].policy["Statement"]
    assert [each["Resource"] for each in root] == [[f"{arn}/*"]]
    assert of(declare(), Role) == {}
