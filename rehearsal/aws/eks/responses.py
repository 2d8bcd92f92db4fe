# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which EKS actions there are: all are the overlay's own, and what is not in the table is not implemented."""

from __future__ import annotations

from typing import Any

from moto.eks.models import eks_backends

from .. import identities
from ..ec2.transit_models import everywhere
from ..overlay import Act, Asked, OverlayResponse
from . import (
    access_entries,
    addon_catalogue,
    addons,
    cluster_updates,
    clusters,
    insights,
    node_groups,
    node_updates,
    pod_identities,
    policies,
    tags,
    updates,
    versions,
)

REPLACED: dict[str, Act] = {
    "AssociateAccessPolicy": access_entries.associate,
    "AssociateEncryptionConfig": cluster_updates.associate_encryption,
    "CreateAccessEntry": access_entries.create,
    "CreateAddon": addons.create,
    "CreateCluster": clusters.create,
    "CreateNodegroup": node_groups.create,
    "CreatePodIdentityAssociation": pod_identities.create,
    "DeleteAccessEntry": access_entries.delete,
    "DeleteAddon": addons.delete,
    "DeleteCluster": clusters.delete,
    "DeleteNodegroup": node_groups.delete,
    "DeletePodIdentityAssociation": pod_identities.delete,
    "DescribeAccessEntry": access_entries.describe,
    "DescribeAddon": addons.describe,
    "DescribeAddonConfiguration": addon_catalogue.describe_configuration,
    "DescribeAddonVersions": addon_catalogue.describe,
    "DescribeCluster": clusters.describe,
    "DescribeClusterVersions": versions.describe,
    "DescribeInsight": insights.describe,
    "DescribeInsightsRefresh": insights.refresh,
    "DescribeNodegroup": node_groups.describe,
    "DescribePodIdentityAssociation": pod_identities.describe,
    "DescribeUpdate": updates.describe,
    "DisassociateAccessPolicy": access_entries.disassociate,
    "ListAccessEntries": access_entries.names,
    "ListAccessPolicies": policies.names,
    "ListAddons": addons.names,
    "ListAssociatedAccessPolicies": access_entries.associated,
    "ListClusters": clusters.names,
    "ListInsights": insights.listing,
    "ListNodegroups": node_groups.names,
    "ListPodIdentityAssociations": pod_identities.listing,
    "ListTagsForResource": tags.of,
    "ListUpdates": updates.names,
    "StartInsightsRefresh": insights.refresh,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "UpdateAccessEntry": access_entries.update,
    "UpdateAddon": addons.update,
    "UpdateClusterConfig": cluster_updates.update_config,
    "UpdateClusterVersion": cluster_updates.update_version,
    "UpdateNodegroupConfig": node_updates.update_config,
    "UpdateNodegroupVersion": node_updates.update_version,
    "UpdatePodIdentityAssociation": pod_identities.update,
}


class Response(OverlayResponse):
    """EKS as the overlay answers it."""

    REPLACED = REPLACED

    def __init__(self) -> None:
        super().__init__(service_name="eks")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> Any:
        return eks_backends[self.current_account][self.region]

    def prepare(self, action: str, asked: Asked) -> None:
        for backend in everywhere(self.backend.ec2):
            backend.agenda.settle()
        self.backend.caller = identities.find(self.get_access_key()) or identities.built_in(self.current_account)
