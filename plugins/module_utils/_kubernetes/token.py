# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS's bearer tokens, signed in this process: a presigned call of GetCallerIdentity that names the cluster in a header.

EKS calls it, and so learns who asks. It takes a token for 15 minutes after it was signed, and only one whose URL is that of
STS itself in a region: an endpoint that was set for AWS calls has no part in it.

https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:  # AnsibleAWSModule reports it
    pass

from .._engine.errors import PlanError

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
FRESH = 600.0  # seconds after which a run signs another one


def eks_token(open_client: Callable[..., Any], cluster: str) -> str:
    """``open_client(service, endpoint=, config=)`` makes a boto3 client of a region. Raises ``PlanError`` without usable credentials."""
    sts = open_client("sts", endpoint=None, config=Config(ignore_configured_endpoint_urls=True))
    sts.meta.events.register("before-sign.sts.GetCallerIdentity", partial(_name_cluster, cluster))
    try:
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    except BotoCoreError as error:
        raise PlanError(f"No token can be signed for cluster {cluster}: {error}. Set a profile, access keys or a role.") from error
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _name_cluster(cluster: str, request: Any, **_event: Any) -> None:
    request.headers[CLUSTER_HEADER] = cluster
