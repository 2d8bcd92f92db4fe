# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of a cluster: one kind of change at a time, and versions one minor at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from . import insights, network
from .encryption import check_encryption
from .log_groups import ensure_log_group, normalized
from .models import INVALID, Backend, Cluster
from .updates import begin, check_free
from .versions import minor, offered

_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_ENDPOINT = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
_VPC = ("subnetIds", "securityGroupIds")
_SKEW = 3  # minor versions that a kubelet may be behind, Kubernetes' version skew policy
_ROLLBACK = timedelta(days=7)
_UNCHANGED = "Cluster is already at the desired configuration"

Prepared = tuple[str, dict[str, Any], Callable[[], None]]


def update_config(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster = backend.get(asked["name"])
    check_free(cluster, "update the configuration")
    wanted = [(prepare, asked[name]) for name, prepare in _KINDS.items() if asked.get(name) is not None]
    known = {*_KINDS, "name", "clientRequestToken"}
    foreign = [name for name in asked if name not in known]
    if foreign:
        raise NotImplementedError(f"{', '.join(foreign)} of UpdateClusterConfig")
    if len(wanted) != 1:
        raise AwsError(INVALID, "Only one type of update can be allowed." if wanted else "No update was specified")
    prepare, value = wanted[0]
    kind, params, change = prepare(backend, cluster, value)

    def finish() -> None:
        change()
        network.complete(backend, cluster)

    return begin(backend, cluster, kind, params, finish)


def _vpc(backend: Backend, cluster: Cluster, asked: dict[str, Any]) -> Prepared:
    if any(name in asked for name in _VPC) and any(name in asked for name in _ENDPOINT):
        raise AwsError(INVALID, "Only one type of update can be allowed.")
    wanted = {**cluster.vpc_config, **asked}
    if wanted == cluster.vpc_config:
        raise AwsError(INVALID, _unchanged(cluster.vpc_config))
    return _interfaces(backend, cluster, wanted) if any(name in asked for name in _VPC) else _endpoint(cluster, wanted)


def _unchanged(config: Mapping[str, Any]) -> str:
    public, private = (str(config[name]).lower() for name in _ENDPOINT[:2])
    cidrs = ", ".join(config["publicAccessCidrs"])
    return f"{_UNCHANGED} with endpointPrivateAccess: {private} , endpointPublicAccess: {public}, and Public Endpoint Restrictions: [{cidrs}]"


def _endpoint(cluster: Cluster, wanted: dict[str, Any]) -> Prepared:
    if wanted["endpointPublicAccess"] and not wanted["publicAccessCidrs"]:
        wanted["publicAccessCidrs"] = ["0.0.0.0/0"]
    network.check_endpoint(wanted["endpointPublicAccess"], wanted["endpointPrivateAccess"], wanted["publicAccessCidrs"])
    params = {f"{name[0].upper()}{name[1:]}": wanted[name] for name in _ENDPOINT}
    return "EndpointAccessUpdate", params, lambda: cluster.vpc_config.update(wanted)


def _interfaces(backend: Backend, cluster: Cluster, wanted: dict[str, Any]) -> Prepared:
    found, before = network.subnets(backend, wanted["subnetIds"]), network.subnets(backend, cluster.vpc_config["subnetIds"])
    zones, known = sorted({each.availability_zone for each in found}), sorted({each.availability_zone for each in before})
    if zones != known:
        raise AwsError(
            INVALID,
            f"Provided subnets {','.join(wanted['subnetIds'])} belong to the AZs {','.join(zones)}. But they should belong to the exact "
            f"set of AZs {','.join(known)} in which subnets were provided during cluster creation.",
        )
    if found[0].vpc_id != wanted["vpcId"]:
        raise AwsError(INVALID, "The specified subnets do not belong to the VPC of the cluster")
    network.check_groups(backend, wanted["securityGroupIds"], wanted["vpcId"])

    def change() -> None:
        cluster.vpc_config.update(wanted)
        network.attach(backend, cluster)

    return "VpcConfigUpdate", {"Subnets": wanted["subnetIds"], "SecurityGroups": wanted["securityGroupIds"]}, change


def _logging(backend: Backend, cluster: Cluster, asked: dict[str, Any]) -> Prepared:
    wanted = normalized(asked, cluster.settings["logging"])
    if wanted == cluster.settings["logging"]:
        raise AwsError(INVALID, "No changes needed for the logging config provided")

    def change() -> None:
        cluster.settings["logging"] = wanted
        ensure_log_group(backend, cluster)

    return "LoggingUpdate", {"ClusterLogging": asked}, change


def _access(backend: Backend, cluster: Cluster, asked: dict[str, Any]) -> Prepared:
    wanted, before = asked.get("authenticationMode", cluster.authentication_mode), cluster.authentication_mode
    if wanted == before:
        raise AwsError(INVALID, _UNCHANGED)
    if _MODES.index(wanted) != _MODES.index(before) + 1:
        raise AwsError(INVALID, f"Unsupported authentication mode update from {before} to {wanted}")

    def change() -> None:
        cluster.settings["accessConfig"]["authenticationMode"] = wanted

    return "AccessConfigUpdate", {"AuthenticationMode": wanted}, change


def _setting(name: str, kind: str, param: str) -> Callable[[Backend, Cluster, Any], Prepared]:
    """A setting that is replaced as a whole."""

    def prepare(backend: Backend, cluster: Cluster, asked: Any) -> Prepared:
        if cluster.settings[name] == asked:
            raise AwsError(INVALID, _UNCHANGED)
        return kind, {param: asked}, lambda: cluster.settings.update({name: asked})

    return prepare


_KINDS: dict[str, Callable[[Backend, Cluster, Any], Prepared]] = {
    "resourcesVpcConfig": _vpc,
    "logging": _logging,
    "accessConfig": _access,
    "upgradePolicy": _setting("upgradePolicy", "UpgradePolicyUpdate", "UpgradePolicy"),
    "zonalShiftConfig": _setting("zonalShiftConfig", "ZonalShiftConfigUpdate", "ZonalShiftConfig"),
    "deletionProtection": _setting("deletionProtection", "DeletionProtectionUpdate", "DeletionProtection"),
}


def associate_encryption(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster = backend.get(asked["clusterName"])
    check_free(cluster, "associate an encryption config")
    if cluster.settings["encryptionConfig"]:
        raise AwsError(INVALID, "The cluster has an encryption config already")
    wanted = check_encryption(backend, asked["encryptionConfig"])
    return begin(
        backend,
        cluster,
        "AssociateEncryptionConfig",
        {"EncryptionConfig": wanted},
        lambda: cluster.settings.update({"encryptionConfig": wanted}),
    )


def update_version(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, wanted = backend.get(asked["name"]), offered(asked["version"])
    check_free(cluster, "update the version")
    back = _rolls_back(cluster, wanted.name)
    if not back and wanted.minor != minor(cluster.version) + 1:
        raise AwsError(INVALID, f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted.name}")
    behind = sorted(each.name for each in cluster.node_groups.values() if minor(each.version) < wanted.minor - _SKEW)
    if behind:
        raise AwsError(
            INVALID, f"Nodegroups {', '.join(behind)} must be updated to match cluster version {cluster.version} before updating cluster version"
        )
    ahead = sorted(each.name for each in cluster.node_groups.values() if minor(each.version) > wanted.minor)
    if ahead:
        raise AwsError(INVALID, f"Nodegroups {', '.join(ahead)} must be rolled back to {wanted.name} before the cluster")
    blocking = [] if back or asked.get("force") else insights.errors(backend, cluster)
    if blocking:
        raise AwsError("InvalidStateException", f"Cluster insights block the update: {'; '.join(blocking)}. Set force to override them")

    def change() -> None:
        cluster.upgraded_from, cluster.upgraded = (None, None) if back else (cluster.version, utcnow())
        cluster.version, cluster.platform_version = wanted.name, wanted.platform
        network.attach(backend, cluster)

    params = {"Version": wanted.name, "PlatformVersion": wanted.platform}
    return begin(backend, cluster, "VersionRollback" if back else "VersionUpdate", params, change)


def _rolls_back(cluster: Cluster, version: str) -> bool:
    """Whether it is the version that the cluster had within the last seven days."""
    return version == cluster.upgraded_from and cluster.upgraded is not None and utcnow() - cluster.upgraded < _ROLLBACK
