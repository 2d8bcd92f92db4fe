# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ECR actions the overlay checks, replaces and follows up. Layers, scans, batches of images and tags are moto's."""

from __future__ import annotations

from typing import Any

from moto.ecr.models import ecr_backends
from moto.ecr.responses import ECRResponse

from ..overlay import Act, Check, Follow, OverlayResponse
from . import access, images, lifecycle, pull_through, registry, repositories, templates

CHECKED: dict[str, Check] = {
    "CreateRepository": repositories.check_create,
    "DeleteRepository": repositories.check_delete,
    "SetRepositoryPolicy": access.check_repository_policy,
    "TagResource": repositories.check_tagging,
}
REPLACED: dict[str, Act] = {
    "CreatePullThroughCacheRule": pull_through.create,
    "CreateRepositoryCreationTemplate": templates.create,
    "DeletePullThroughCacheRule": pull_through.delete,
    "DeleteRepositoryCreationTemplate": templates.delete,
    "DescribeImages": images.describe,
    "DescribePullThroughCacheRules": pull_through.describe,
    "DescribeRepositories": repositories.describe,
    "DescribeRepositoryCreationTemplates": templates.describe,
    "GetAccountSetting": registry.get_setting,
    "ListImages": images.listed,
    "PutAccountSetting": registry.put_setting,
    "PutImage": images.put,
    "PutImageTagMutability": repositories.put_mutability,
    "PutLifecyclePolicy": lifecycle.put,
    "PutRegistryPolicy": access.put_registry_policy,
    "PutRegistryScanningConfiguration": registry.put_scanning,
    "PutReplicationConfiguration": registry.put_replication,
    "UpdatePullThroughCacheRule": pull_through.update,
    "UpdateRepositoryCreationTemplate": templates.update,
    "ValidatePullThroughCacheRule": pull_through.validate,
}
FOLLOWED: dict[str, Follow] = {
    "CreateRepository": repositories.after_create,
    "GetAuthorizationToken": images.prolong,
}


class Response(OverlayResponse, ECRResponse):
    """ECR as the overlay answers it."""

    CHECKED, REPLACED, FOLLOWED = CHECKED, REPLACED, FOLLOWED

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> Any:
        return ecr_backends[self.current_account][self.region]
