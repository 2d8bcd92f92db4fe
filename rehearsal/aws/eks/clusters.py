# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: created, described, deleted."""

from __future__ import annotations

import base64
import re
from typing import Any

from moto.moto_api._internal import mock_random

from ..answers import AwsError
from ..overlay import Asked
from . import access_entries, network, policies
from .control_planes import CONTROL_PLANES, Wanted
from .encryption import check_encryption
from .log_groups import ensure_log_group, normalized
from .models import IN_USE, INVALID, MISSING, REQUEST, Backend, Cluster, page
from .roles import check_cluster_role
from .tags import check_tags
from .versions import DEFAULT, offered

_MOST = 100  # Amazon EKS service quotas, "Clusters"
_SERVICE_CIDRS = ("10.100.0.0/16", "172.20.0.0/16")
_UNKNOWN_CERTIFICATE = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nnobody listens\n-----END CERTIFICATE-----\n").decode()
_NOT_KEPT = (
    "outpostConfig", "remoteNetworkConfig", "computeConfig", "storageConfig", "controlPlaneScalingConfig", "kubeApiServerConfig",
    "kubeSchedulerConfig", "kubeControllerManagerConfig",
)  # fmt: skip


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    name = asked["name"]
    _check_create(backend, asked)
    version = offered(asked.get("version", DEFAULT))
    vpc_config = _vpc_config(backend, asked["resourcesVpcConfig"])
    made = Cluster(
        name=name,
        arn=backend.arn(f"cluster/{name}"),
        version=version.name,
        platform_version=version.platform,
        role_arn=asked["roleArn"],
        vpc_config=vpc_config,
        settings=_settings(backend, asked, vpc_config["vpcId"]),
        tags=check_tags(asked.get("tags", {})),
        creator=backend.caller.principal,
        issuer=f"https://oidc.eks.{backend.region_name}.amazonaws.com/id/{mock_random.get_random_hex(32).upper()}",
        endpoint=f"https://{mock_random.get_random_hex(32).upper()}.gr7.{backend.region_name}.eks.amazonaws.com",
        certificate=_UNKNOWN_CERTIFICATE,
        self_managed_addons=asked.get("bootstrapSelfManagedAddons", True),
        security_group=network.make_group(backend, name, vpc_config["vpcId"]),
    )
    backend.clusters[name] = made
    if asked.get("accessConfig", {}).get("bootstrapClusterCreatorAdminPermissions", True):
        access_entries.admit_creator(backend, made)
    ensure_log_group(backend, made)
    network.attach(backend, made)
    _start(backend, made)
    return {"cluster": made.described()}


def _check_create(backend: Backend, asked: Asked) -> None:
    if not re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", asked["name"]):
        raise AwsError(INVALID, f"The cluster name {asked['name']!r} is not valid")
    if asked["name"] in backend.clusters:
        raise AwsError(IN_USE, f"Cluster already exists with name: {asked['name']}")
    if len(backend.clusters) >= _MOST:
        raise AwsError("ResourceLimitExceededException", f"Cannot exceed quota for Clusters: {_MOST}")
    unfit = [name for name in _NOT_KEPT if asked.get(name)]
    if unfit:
        raise NotImplementedError(f"{', '.join(unfit)} of CreateCluster")
    version = offered(asked.get("version", DEFAULT))
    if asked.get("upgradePolicy", {}).get("supportType") == "STANDARD" and version.status != "STANDARD_SUPPORT":
        raise AwsError(INVALID, f"The upgrade policy STANDARD needs a version in standard support, which {version.name} is not")
    check_cluster_role(asked["roleArn"])


def _vpc_config(backend: Backend, asked: dict[str, Any]) -> dict[str, Any]:
    found = network.subnets(backend, asked.get("subnetIds", []))
    network.check_cluster_subnets(found)
    groups = asked.get("securityGroupIds", [])
    network.check_groups(backend, groups, found[0].vpc_id)
    public, private = asked.get("endpointPublicAccess", True), asked.get("endpointPrivateAccess", False)
    cidrs = asked.get("publicAccessCidrs") or (["0.0.0.0/0"] if public else [])
    network.check_endpoint(public, private, cidrs)
    return {
        "subnetIds": [each.id for each in found], "securityGroupIds": groups, "vpcId": found[0].vpc_id, "endpointPublicAccess": public,
        "endpointPrivateAccess": private, "publicAccessCidrs": cidrs,
    }  # fmt: skip


def _settings(backend: Backend, asked: Asked, vpc_id: str) -> dict[str, Any]:
    return {
        "accessConfig": _access(asked.get("accessConfig", {})),
        "encryptionConfig": check_encryption(backend, asked.get("encryptionConfig", [])),
        "kubernetesNetworkConfig": _kubernetes_network(backend, asked.get("kubernetesNetworkConfig", {}), vpc_id),
        "logging": normalized(asked.get("logging")),
        "upgradePolicy": {"supportType": asked.get("upgradePolicy", {}).get("supportType", "EXTENDED")},
        "zonalShiftConfig": {"enabled": asked.get("zonalShiftConfig", {}).get("enabled", False)},
        "deletionProtection": asked.get("deletionProtection", False),
    }


def _access(asked: dict[str, Any]) -> dict[str, Any]:
    mode, bootstrap = asked.get("authenticationMode", "CONFIG_MAP"), asked.get("bootstrapClusterCreatorAdminPermissions", True)
    if mode == "CONFIG_MAP" and not bootstrap:
        raise AwsError(INVALID, "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP")
    return {"bootstrapClusterCreatorAdminPermissions": bootstrap, "authenticationMode": mode}


def _kubernetes_network(backend: Backend, asked: dict[str, Any], vpc_id: str) -> dict[str, Any]:
    if asked.get("ipFamily", "ipv4") != "ipv4":
        raise NotImplementedError("ipFamily ipv6 of CreateCluster")
    cidr = asked.get("serviceIpv4Cidr") or _free_service_cidr(backend, vpc_id)
    network.check_service_cidr(backend, cidr, vpc_id)
    return {"serviceIpv4Cidr": cidr, "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}}


def _free_service_cidr(backend: Backend, vpc_id: str) -> str:
    """That of AWS's two which the VPC's first block is not within."""
    return _SERVICE_CIDRS[1] if str(backend.ec2.get_vpc(vpc_id).cidr_block).startswith("10.") else _SERVICE_CIDRS[0]


def _start(backend: Backend, cluster: Cluster) -> None:
    place = f"{backend.account_id}/{backend.region_name}/{cluster.name}"
    wanted = Wanted(
        name=place.replace("/", "-"),
        version=cluster.version,
        service_cidr=cluster.settings["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
        issuer=cluster.issuer,
        webhook_url=f"{CONTROL_PLANES.url}/_rehearsal/eks/{place}/token",
        bindings=policies.bindings(cluster),
    )
    cluster.running = CONTROL_PLANES.start(wanted)
    running = cluster.running
    backend.agenda.later("cluster", lambda: _settle(cluster), once=(lambda: running.settled) if running else None)


def _settle(cluster: Cluster) -> None:
    if cluster.status != "CREATING":
        return
    try:
        if cluster.running is not None:
            endpoint = cluster.running.endpoint()
            cluster.endpoint, cluster.certificate = endpoint.url, base64.b64encode(endpoint.authority).decode()
    except Exception as failure:  # noqa: BLE001 - whatever keeps a control plane from starting is a failed cluster
        cluster.status = "FAILED"
        cluster.issues.append({"code": "InternalFailure", "message": str(failure), "resourceIds": [cluster.name]})
        return
    cluster.status = "ACTIVE"


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    return {"cluster": backend.get(asked["name"]).described()}


def names(backend: Backend, asked: Asked) -> dict[str, Any]:
    return page("clusters", sorted(backend.clusters), asked)


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    name = asked["name"]
    if name not in backend.clusters:
        raise AwsError(MISSING, f"No cluster found for name: {name}.")
    cluster = backend.clusters[name]
    if cluster.protected and cluster.exists:
        raise AwsError(REQUEST, f"Cluster {name} cannot be deleted because deletion protection is enabled")
    if cluster.node_groups:
        raise AwsError(IN_USE, "Cluster has nodegroups attached")
    if cluster.status == "UPDATING":
        raise AwsError(IN_USE, f"Cannot delete because cluster {name} currently has an update in progress")
    if cluster.status != "DELETING":
        cluster.status = "DELETING"
        _stop(backend, cluster)
    return {"cluster": cluster.described()}


def _stop(backend: Backend, cluster: Cluster) -> None:
    running = cluster.running
    if running is not None:
        running.stop()

    def vanish() -> None:
        network.detach(backend, cluster)
        network.remove_group(backend, cluster)
        backend.clusters.pop(cluster.name, None)

    backend.agenda.later("cluster_deletion", vanish, once=(lambda: running.gone) if running else None)
