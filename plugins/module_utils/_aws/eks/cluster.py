# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS cluster: the control plane of an environment. Its name follows from the scope, since EKS finds no cluster by its tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, immutable, initial, managed, resolve
from .. import waiters
from ..iam.role import Role
from ..kms.key import Key
from ..logs.cluster_log_group import ClusterLogGroup, cluster_name
from ..tags import managed_only, owner
from .versions import version_problem

LOG_TYPES = frozenset({"api", "audit", "authenticator", "controllerManager", "scheduler"})


@dataclass(kw_only=True, eq=False)
class Cluster(Resource):
    """Its id is its name. ``subnets`` and ``groups`` are ids, of another stack; ``groups`` are beside the one that EKS makes.

    ``public_cidrs`` matter where the endpoint is public. ``protected`` is EKS's own deletion protection.
    """

    scope: Scope
    version: str = managed()
    role: Role = immutable(uses=(Role,))
    key: Key = immutable(uses=(Key,))
    log_group: ClusterLogGroup = initial(uses=(ClusterLogGroup,))
    subnets: frozenset[Any] = managed()
    groups: frozenset[Any] = managed(frozenset())
    private: bool = managed(True)
    public: bool = managed(False)
    public_cidrs: frozenset[str] = managed(frozenset())
    service_cidr: str = immutable()
    authentication_mode: str = managed("API")
    log_types: frozenset[str] = managed(LOG_TYPES)
    support: str = managed("STANDARD")
    protected: bool = managed(False)
    tags: Mapping[str, str] = managed()

    kind = "cluster"
    waiter = waiters.CLUSTER
    unique = ("cluster_name",)
    calls: ClassVar = {
        "create": ("eks.CreateCluster",),
        "version": ("eks.UpdateClusterVersion",),
        **dict.fromkeys(
            ("subnets", "groups", "private", "public", "public_cidrs", "authentication_mode", "log_types", "support", "protected"),
            ("eks.UpdateClusterConfig",),
        ),
        "tags": ("eks.TagResource",),
        "delete": ("eks.UpdateClusterConfig", "eks.DeleteCluster"),
    }

    @property
    def cluster_name(self) -> str:
        return cluster_name(self.scope)

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        item = described_cluster(place, cluster_name(scope))
        return [] if item is None else [_live(item)]

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """Versions that EKS does not offer, or not from the present one."""
        wanted = [(change, change.fields["version"]) for change in changes if change.resource and "version" in change.fields]
        offered = {each["clusterVersion"]: each for each in place.pages("eks", "describe_cluster_versions", "clusterVersions")} if wanted else {}
        problems = (version_problem(change, step.before, step.after, offered) for change, step in wanted)
        return [problem for problem in problems if problem]

    def create(self, place: Any) -> Live:
        answer = place.client("eks").create_cluster(
            name=self.cluster_name, version=self.version, roleArn=self.role.id, resourcesVpcConfig={**self._network(), **self._endpoint()},
            kubernetesNetworkConfig={"serviceIpv4Cidr": self.service_cidr, "ipFamily": "ipv4"}, logging=_logging(self.log_types),
            encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": self.key.id}}],
            accessConfig={"authenticationMode": self.authentication_mode, "bootstrapClusterCreatorAdminPermissions": False},
            upgradePolicy={"supportType": self.support}, deletionProtection=self.protected, bootstrapSelfManagedAddons=False, tags=dict(self.tags),
        )  # fmt: skip
        return _live(answer["cluster"])

    def _network(self) -> dict[str, Any]:
        return {"subnetIds": sorted(self.subnets), "securityGroupIds": sorted(self.groups)}

    def _endpoint(self) -> dict[str, Any]:
        cidrs = {"publicAccessCidrs": sorted(self.public_cidrs)} if self.public else {}
        return {"endpointPrivateAccess": self.private, "endpointPublicAccess": self.public, **cidrs}

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """One step, since EKS takes one at a time: what still differs once it is through is the next."""
        steps: tuple[tuple[tuple[str, ...], Callable[[], dict[str, Any]]], ...] = (
            (("authentication_mode",), lambda: {"accessConfig": {"authenticationMode": self.authentication_mode}}),
            (("subnets", "groups"), lambda: {"resourcesVpcConfig": self._network()}),
            (("private", "public", "public_cidrs"), lambda: {"resourcesVpcConfig": self._endpoint()}),
            (("log_types",), lambda: {"logging": _logging(self.log_types)}),
            (("support",), lambda: {"upgradePolicy": {"supportType": self.support}}),
            (("protected",), lambda: {"deletionProtection": self.protected}),
        )
        eks = place.client("eks")
        for names, change in steps:
            if fields.keys() & set(names):
                eks.update_cluster_config(name=live.id, **change())
                return
        if "version" in fields:
            eks.update_cluster_version(name=live.id, version=self.version)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("eks").tag_resource(resourceArn=live.detail, tags=dict(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who may reach a public endpoint says nothing of one that is not."""
        cidrs = values["public_cidrs"] if self.public else resolve(self.public_cidrs)
        return {**values, "public_cidrs": cidrs, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        eks = place.client("eks")
        if live.values["protected"]:  # the environment's own protection was lifted by its name
            eks.update_cluster_config(name=live.id, deletionProtection=False)
            live.values["protected"] = False
        eks.delete_cluster(name=live.id)


def described_cluster(place: Any, name: str) -> dict[str, Any] | None:
    """As EKS describes it; planning asks once. None for one that is not there."""
    try:
        item: Any = place.pages("eks", "describe_cluster", "cluster", name=name)
    except place.client("eks").exceptions.ResourceNotFoundException:
        return None
    return dict(item)


def own_tags(item: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in item.get("tags", {}).items() if not key.startswith("aws:")}


def _live(item: Mapping[str, Any]) -> Live:
    tags, network = own_tags(item), item["resourcesVpcConfig"]
    whose, name = owner(tags)
    keys = [each["provider"]["keyArn"] for each in item.get("encryptionConfig", ())]
    values = {
        "cluster_name": item["name"],
        "version": item["version"],
        "role": item["roleArn"],
        "key": next(iter(keys), None),
        "subnets": frozenset(network["subnetIds"]),
        "groups": frozenset(network.get("securityGroupIds", ())),
        "private": network["endpointPrivateAccess"],
        "public": network["endpointPublicAccess"],
        "public_cidrs": frozenset(network.get("publicAccessCidrs", ())),
        "service_cidr": item["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
        "authentication_mode": item["accessConfig"]["authenticationMode"],
        "log_types": frozenset(kind for each in item["logging"]["clusterLogging"] if each["enabled"] for kind in each["types"]),
        "support": item["upgradePolicy"]["supportType"],
        "protected": item.get("deletionProtection", False),
        "tags": tags,
        "endpoint": item.get("endpoint"),
        "certificate_authority": item.get("certificateAuthority", {}).get("data"),
        "issuer": item.get("identity", {}).get("oidc", {}).get("issuer"),
        "security_group": network.get("clusterSecurityGroupId"),
    }
    return Live(id=item["name"], name=name, scope=whose, values=values, state=item["status"].lower(), detail=item["arn"])


def _logging(enabled: frozenset[str]) -> dict[str, Any]:
    settings = ((enabled, True), (LOG_TYPES - enabled, False))
    return {"clusterLogging": [{"types": sorted(types), "enabled": on} for types, on in settings if types]}
