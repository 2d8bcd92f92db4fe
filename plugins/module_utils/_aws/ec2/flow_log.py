# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC flow log: who talked to whom, to CloudWatch Logs or to a bucket."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, replaceable
from ..iam.role import Role
from ..logs.log_group import LogGroup
from .ec2_resource import Ec2Resource, raise_refused
from .vpc import Vpc


@dataclass(kw_only=True, eq=False)
class FlowLog(Ec2Resource):
    """Nothing of a flow log can be changed in place. ``bucket`` is an S3 ARN; ``log_group`` and ``role`` go together."""

    vpc: Vpc = replaceable(uses=(Vpc,))
    traffic: str = replaceable()
    log_format: str = replaceable()
    aggregation_seconds: int = replaceable()
    log_group: LogGroup | None = replaceable(None, uses=(LogGroup,))
    role: Role | None = replaceable(None, uses=(Role,))
    bucket: str | None = replaceable(None)

    kind = "flow_log"
    within = Vpc
    filters = "Filter"
    filter_by = "resource-id"
    tag_type = "vpc-flow-log"
    describe = ("describe_flow_logs", "FlowLogs", "FlowLogId")
    calls: ClassVar = {"create": ("ec2.CreateFlowLogs",), "tags": ("ec2.CreateTags",), "delete": ("ec2.DeleteFlowLogs",)}

    @classmethod
    def container(cls, item: Mapping[str, Any]) -> str | None:
        return item["ResourceId"]

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        to_bucket = item.get("LogDestinationType") == "s3"
        return {
            "vpc": item["ResourceId"],
            "traffic": item["TrafficType"],
            "log_format": item.get("LogFormat"),
            "aggregation_seconds": item.get("MaxAggregationInterval"),
            "log_group": None if to_bucket else item.get("LogGroupName"),
            "role": item.get("DeliverLogsPermissionArn"),
            "bucket": item.get("LogDestination") if to_bucket else None,
        }

    def create(self, place: Any) -> Live:
        arguments: dict[str, Any] = {
            "ResourceIds": [self.vpc.id],
            "ResourceType": "VPC",
            "TrafficType": self.traffic,
            "LogFormat": self.log_format,
            "MaxAggregationInterval": self.aggregation_seconds,
            "ClientToken": str(uuid.uuid4()),
            "TagSpecifications": self.specifications(),
        }
        if self.log_group and self.role:
            arguments |= {"LogDestinationType": "cloud-watch-logs", "LogGroupName": self.log_group.id, "DeliverLogsPermissionArn": self.role.id}
        else:
            arguments |= {"LogDestinationType": "s3", "LogDestination": self.bucket}
        answer = place.client("ec2").create_flow_logs(**arguments)
        raise_refused(answer)
        item = {**arguments, "FlowLogId": answer["FlowLogIds"][0], "ResourceId": self.vpc.id}
        return self.made(item)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        raise_refused(place.client("ec2").delete_flow_logs(FlowLogIds=[live.id]), unless="InvalidFlowLogId.NotFound")
