# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of EKS clusters: one at a time, of one kind, followed to their end; and versions by single steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal

from .conftest import Client, Refused

pytestmark = pytest.mark.emulator


def params(update: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: each["value"] for each in update["params"]}


def test_an_update_is_followed_to_its_end(eks: Any, rehearsal: Rehearsal, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    rehearsal.pace(cluster_update=60)
    begun = eks.update_cluster_config(name="dev", resourcesVpcConfig={"endpointPublicAccess": False, "endpointPrivateAccess": True})["update"]
    assert (begun["type"], begun["status"]) == ("EndpointAccessUpdate", "InProgress")
    assert params(begun)["EndpointPrivateAccess"] == "true"
    found = eks.describe_cluster(name="dev")["cluster"]
    assert found["status"] == "UPDATING"
    assert found["resourcesVpcConfig"]["endpointPublicAccess"]
    with refused("ResourceInUseException", "currently has an update in progress"):
        eks.update_cluster_config(name="dev", deletionProtection=True)
    with refused("ResourceInUseException", "currently has an update in progress"):
        eks.delete_cluster(name="dev")
    assert eks.list_updates(name="dev")["updateIds"] == [begun["id"]]


def test_an_update_that_is_done_is_seen_in_the_cluster(eks: Any, make_cluster: Callable[..., Any]) -> None:
    make_cluster()
    begun = eks.update_cluster_config(name="dev", resourcesVpcConfig={"endpointPublicAccess": False, "endpointPrivateAccess": True})["update"]
    assert eks.describe_update(name="dev", updateId=begun["id"])["update"]["status"] == "Successful"
    found = eks.describe_cluster(name="dev")["cluster"]
    assert found["status"] == "ACTIVE"
    assert not found["resourcesVpcConfig"]["endpointPublicAccess"]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"logging": {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]}}, "LoggingUpdate"),
        ({"upgradePolicy": {"supportType": "STANDARD"}}, "UpgradePolicyUpdate"),
        ({"zonalShiftConfig": {"enabled": True}}, "ZonalShiftConfigUpdate"),
        ({"deletionProtection": True}, "DeletionProtectionUpdate"),
    ],
)
def test_settings_are_updated_and_the_same_again_refused(
    eks: Any, make_cluster: Callable[..., Any], refused: Refused, asked: dict[str, Any], kind: str
) -> None:
    make_cluster()
    assert eks.update_cluster_config(name="dev", **asked)["update"]["type"] == kind
    found = eks.describe_cluster(name="dev")["cluster"]
    if kind == "LoggingUpdate":
        assert found["logging"]["clusterLogging"][0] == {"types": ["api", "audit"], "enabled": True}
    else:
        assert {name: found[name] for name in asked} == asked
    with refused("InvalidParameterException"):
        eks.update_cluster_config(name="dev", **asked)


def test_one_kind_of_update_at_a_time(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    with refused("InvalidParameterException", "Only one type of update can be allowed."):
        eks.update_cluster_config(name="dev", deletionProtection=True, upgradePolicy={"supportType": "STANDARD"})


def test_the_endpoints_of_before_are_refused(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    with refused("InvalidParameterException", "already at the desired configuration with endpointPrivateAccess: false , endpointPublicAccess: true"):
        eks.update_cluster_config(name="dev", resourcesVpcConfig={"endpointPublicAccess": True})


def test_authentication_modes_go_one_way(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    with refused("InvalidRequestException", "authentication mode must be set to one of [API, API_AND_CONFIG_MAP]"):
        eks.list_access_entries(clusterName="dev")
    with refused("InvalidParameterException", "Unsupported authentication mode update from CONFIG_MAP to API"):
        eks.update_cluster_config(name="dev", accessConfig={"authenticationMode": "API"})
    for mode in ("API_AND_CONFIG_MAP", "API"):
        eks.update_cluster_config(name="dev", accessConfig={"authenticationMode": mode})
        assert eks.describe_cluster(name="dev")["cluster"]["accessConfig"]["authenticationMode"] == mode
    with refused("InvalidParameterException", "Unsupported authentication mode update from API to CONFIG_MAP"):
        eks.update_cluster_config(name="dev", accessConfig={"authenticationMode": "CONFIG_MAP"})


def test_subnets_change_within_their_zones_and_bring_new_interfaces(
    eks: Any, ec2: Any, vpc: str, subnets: list[str], make_cluster: Callable[..., Any], refused: Refused
) -> None:
    make_cluster()
    beside, beyond = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.64.1.0/25", "euc1-az1"), ("10.64.1.128/25", "euc1-az3"))
    )
    with refused("InvalidParameterException", "exact set of AZs eu-central-1a,eu-central-1b"):
        eks.update_cluster_config(name="dev", resourcesVpcConfig={"subnetIds": [*subnets, beyond]})
    update = eks.update_cluster_config(name="dev", resourcesVpcConfig={"subnetIds": [beside, subnets[1]]})["update"]
    assert update["type"] == "VpcConfigUpdate"
    assert eks.describe_cluster(name="dev")["cluster"]["resourcesVpcConfig"]["subnetIds"] == [beside, subnets[1]]
    ec2.delete_subnet(SubnetId=subnets[0])


def test_encryption_can_be_added_later_and_once(eks: Any, make_client: Client, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster()
    wanted = [{"resources": ["secrets"], "provider": {"keyArn": make_client("kms").create_key()["KeyMetadata"]["Arn"]}}]
    assert eks.associate_encryption_config(clusterName="dev", encryptionConfig=wanted)["update"]["type"] == "AssociateEncryptionConfig"
    assert eks.describe_cluster(name="dev")["cluster"]["encryptionConfig"] == wanted
    with refused("InvalidParameterException"):
        eks.associate_encryption_config(clusterName="dev", encryptionConfig=wanted)


def test_the_versions_say_how_long_they_are_supported(eks: Any) -> None:
    found = {each["clusterVersion"]: each for each in eks.describe_cluster_versions()["clusterVersions"]}
    assert {name: each["versionStatus"] for name, each in found.items()} == {
        "1.36": "STANDARD_SUPPORT", "1.35": "STANDARD_SUPPORT", "1.34": "STANDARD_SUPPORT",
        "1.33": "EXTENDED_SUPPORT", "1.32": "EXTENDED_SUPPORT", "1.31": "EXTENDED_SUPPORT",
    }  # fmt: skip
    assert [name for name, each in found.items() if each["defaultVersion"]] == ["1.35"]
    assert str(found["1.34"]["endOfStandardSupportDate"].date()) == "2026-12-02"
    chosen = eks.describe_cluster_versions(versionStatus="EXTENDED_SUPPORT", clusterVersions=["1.33", "1.35"])["clusterVersions"]
    assert [each["clusterVersion"] for each in chosen] == ["1.33"]
    assert "1.30" in [each["clusterVersion"] for each in eks.describe_cluster_versions(includeAll=True)["clusterVersions"]]


def test_versions_go_up_by_one(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster(version="1.33")
    for wanted in ("1.35", "1.33", "1.32"):
        with refused("InvalidParameterException", f"Unsupported Kubernetes minor version update from 1.33 to {wanted}"):
            eks.update_cluster_version(name="dev", version=wanted)
    update = eks.update_cluster_version(name="dev", version="1.34")["update"]
    assert (update["type"], params(update)["Version"]) == ("VersionUpdate", "1.34")
    assert eks.describe_cluster(name="dev")["cluster"]["version"] == "1.34"


def test_the_last_update_can_be_rolled_back(eks: Any, make_cluster: Callable[..., Any]) -> None:
    make_cluster(version="1.34")
    eks.update_cluster_version(name="dev", version="1.35")
    assert eks.update_cluster_version(name="dev", version="1.34")["update"]["type"] == "VersionRollback"
    assert eks.describe_cluster(name="dev")["cluster"]["version"] == "1.34"


def test_nodes_must_not_fall_too_far_behind(eks: Any, make_cluster: Callable[..., Any], make_nodes: Callable[..., Any], refused: Refused) -> None:
    make_cluster(version="1.31")
    make_nodes(version="1.31")
    for version in ("1.32", "1.33", "1.34"):
        eks.update_cluster_version(name="dev", version=version)
    blocking = eks.list_insights(clusterName="dev", filter={"statuses": ["ERROR"]})["insights"]
    assert [(each["name"], each["kubernetesVersion"]) for each in blocking] == [("Kubelet version skew", "1.35")]
    with refused("InvalidParameterException", "Nodegroups general must be updated to match cluster version 1.34"):
        eks.update_cluster_version(name="dev", version="1.35")


def test_insights_that_fail_block_an_update_unless_it_is_forced(eks: Any, make_cluster: Callable[..., Any], refused: Refused) -> None:
    make_cluster(version="1.32")
    eks.create_addon(clusterName="dev", addonName="kube-proxy", addonVersion="v1.31.7-eksbuild.7", resolveConflicts="OVERWRITE")
    for version in ("1.33", "1.34"):
        eks.update_cluster_version(name="dev", version=version)
    with refused("InvalidStateException", "kube-proxy v1.31.7-eksbuild.7 is too old for 1.35"):
        eks.update_cluster_version(name="dev", version="1.35")
    eks.update_cluster_version(name="dev", version="1.35", force=True)
    assert eks.describe_cluster(name="dev")["cluster"]["version"] == "1.35"


def test_an_insight_names_the_add_ons_that_do_not_fit(eks: Any, make_cluster: Callable[..., Any]) -> None:
    make_cluster(version="1.34")
    eks.create_addon(clusterName="dev", addonName="coredns", addonVersion="v1.12.3-eksbuild.1", resolveConflicts="OVERWRITE")
    [warning] = eks.list_insights(clusterName="dev", filter={"statuses": ["WARNING"]})["insights"]
    insight = eks.describe_insight(clusterName="dev", id=warning["id"])["insight"]
    assert "coredns" in insight["insightStatus"]["reason"]
    [details] = insight["categorySpecificSummary"]["addonCompatibilityDetails"]
    assert "v1.14.3-eksbuild.16" in details["compatibleVersions"]
