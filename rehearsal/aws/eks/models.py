# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EKS backend, clusters, and what all of EKS's answers have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BaseBackend
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random

from ..answers import AwsError
from ..described import paginate
from ..identities import built_in
from ..overlay import Asked

if TYPE_CHECKING:
    from .access_entries import AccessEntry
    from .addons import Addon
    from .control_planes import Running
    from .node_groups import NodeGroup
    from .pod_identities import Association
    from .updates import Update

INVALID = "InvalidParameterException"
MISSING = "ResourceNotFoundException"
IN_USE = "ResourceInUseException"
REQUEST = "InvalidRequestException"
_LONGEST_PAGE = 100


@dataclass
class Cluster:
    """`settings` are the members of AWS's description that are read back as they were asked for, by their names there.

    What EKS makes for a cluster (endpoint, certificate, issuer, security group) is shown once it is active.
    """

    name: str
    arn: str
    version: str
    platform_version: str
    role_arn: str
    vpc_config: dict[str, Any]
    settings: dict[str, Any]
    tags: dict[str, str]
    creator: str
    issuer: str
    endpoint: str
    certificate: str
    self_managed_addons: bool
    security_group: str
    interfaces: list[str] = field(default_factory=list)
    status: str = "CREATING"
    created: datetime = field(default_factory=utcnow)
    issues: list[dict[str, Any]] = field(default_factory=list)
    running: Running | None = None
    upgraded_from: str | None = None
    upgraded: datetime | None = None
    addons: dict[str, Addon] = field(default_factory=dict)
    access_entries: dict[str, AccessEntry] = field(default_factory=dict)
    associations: dict[str, Association] = field(default_factory=dict)
    node_groups: dict[str, NodeGroup] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        return self.status in ("ACTIVE", "UPDATING")

    @property
    def authentication_mode(self) -> str:
        return str(self.settings["accessConfig"]["authenticationMode"])

    @property
    def protected(self) -> bool:
        return bool(self.settings["deletionProtection"])

    def described(self) -> dict[str, Any]:
        row = {
            "name": self.name, "arn": self.arn, "createdAt": self.created, "version": self.version, "platformVersion": self.platform_version,
            "roleArn": self.role_arn, "status": self.status, "resourcesVpcConfig": dict(self.vpc_config), "tags": self.tags,
            "certificateAuthority": {}, "health": {"issues": self.issues}, **self.settings,
        }  # fmt: skip
        if self.exists or self.status == "DELETING":
            row["resourcesVpcConfig"]["clusterSecurityGroupId"] = self.security_group
            row |= {
                "endpoint": self.endpoint,
                "certificateAuthority": {"data": self.certificate},
                "identity": {"oidc": {"issuer": self.issuer}},
            }
        return row

    def check_active(self) -> None:
        if self.status != "ACTIVE":
            raise AwsError(REQUEST, f"Cluster '{self.name}' is not in ACTIVE status")

    def check_active_or_updating(self) -> None:
        if not self.exists:
            raise AwsError(REQUEST, f"Cluster '{self.name}' is not in ACTIVE status")

    def check_entries(self) -> None:
        """Access entries need an authentication mode that reads them."""
        if self.authentication_mode == "CONFIG_MAP":
            raise AwsError(
                REQUEST,
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
            )


class Backend(BaseBackend):
    """The state of one account and region.

    What happens later is on EC2's agenda, since it makes and removes network interfaces and instances: calls to both services
    let it happen.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.clusters: dict[str, Cluster] = {}
        self.caller = built_in(account_id)  # of the call that is being carried out

    @property
    def ec2(self) -> Any:
        return ec2_backends[self.account_id][self.region_name]

    @property
    def agenda(self) -> Any:
        return self.ec2.agenda

    def arn(self, resource: str) -> str:
        return f"arn:aws:eks:{self.region_name}:{self.account_id}:{resource}"

    def get(self, name: str) -> Cluster:
        """Raises AwsError for a cluster that is not there."""
        if name not in self.clusters:
            raise AwsError(MISSING, f"No cluster found for name: {name}.")
        return self.clusters[name]


def page(key: str, rows: list[Any], asked: Asked, longest: int = _LONGEST_PAGE) -> dict[str, Any]:
    try:
        found, token = paginate(rows, asked.get("maxResults", longest), asked.get("nextToken"))
    except AwsError as unknown:
        raise AwsError(INVALID, unknown.message) from None
    return {key: found, "nextToken": token}


def unique() -> str:
    """What EKS ends many of its ARNs with."""
    return str(mock_random.uuid4())
