# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.utils import random_flow_log_id
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from ..answers import AwsError
from ..overlay import Asked
from . import tags

_DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} "
    "${start} ${end} ${action} ${log-status}"
)
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
_FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id "
    "subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id "
    "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name "
    "ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name "
    "ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status"
)
_AGGREGATIONS = (60, 600)
_GETTERS = {"VPC": "get_vpc", "Subnet": "get_subnet", "NetworkInterface": "get_network_interface"}


@dataclass
class FlowLog:
    """A flow log; `destination` is the ARN or, for a log group named so, its name."""

    resource_id: str
    asked: Asked
    destination_type: str
    destination: str
    delivery_error: str | None
    id: str = field(default_factory=random_flow_log_id)
    created: datetime = field(default_factory=utcnow)

    def described(self, backend: Any) -> dict[str, Any]:
        log_group = self.destination.removesuffix(":*").rpartition("log-group:")[2]
        return {
            "FlowLogId": self.id, "ResourceId": self.resource_id, "CreationTime": self.created, "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "FAILED" if self.delivery_error else "SUCCESS", "DeliverLogsErrorMessage": self.delivery_error,
            "DeliverLogsPermissionArn": self.asked.get("DeliverLogsPermissionArn"), "TrafficType": self.asked.get("TrafficType"),
            "LogDestinationType": self.destination_type, "LogDestination": self.asked.get("LogDestination"),
            "LogGroupName": log_group if self.destination_type == "cloud-watch-logs" else None,
            "LogFormat": self.asked.get("LogFormat", _DEFAULT_FORMAT), "Tags": tags.of(backend, self.id),
            "MaxAggregationInterval": self.asked.get("MaxAggregationInterval", 600),
            "DestinationOptions": self.asked.get("DestinationOptions"),
        }  # fmt: skip


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    kind = asked.get("LogDestinationType", "cloud-watch-logs")
    _check(asked, kind)
    destination = asked.get("LogDestination") or asked.get("LogGroupName", "")
    made: list[FlowLog] = []
    unsuccessful = []
    for resource in asked["ResourceIds"]:
        getter = _GETTERS.get(asked["ResourceType"])
        if getter:
            getattr(backend, getter)(resource)
        _check_new(backend, resource, destination, asked.get("TrafficType"))
        if kind == "s3" and not _bucket_exists(backend, destination):
            bucket = destination.partition(":::")[2]
            unsuccessful.append({"ResourceId": resource, "Error": {"Code": "400", "Message": f"LogDestination: {bucket} does not exist."}})
            continue
        made.append(FlowLog(resource, asked, kind, destination, _delivery_error(backend, kind, destination)))
    backend.flow_logs.update({log.id: log for log in made})
    return {"FlowLogIds": [log.id for log in made], "Unsuccessful": unsuccessful, "ClientToken": asked.get("ClientToken")}


def _check(asked: Asked, kind: str) -> None:
    transit = asked["ResourceType"].startswith("TransitGateway")
    interval = asked.get("MaxAggregationInterval", _AGGREGATIONS[0])
    if interval not in _AGGREGATIONS[: 1 if transit else 2]:
        raise AwsError("InvalidParameter", f"Invalid Flow Log Max Aggregation Interval: {interval}")
    if not transit and "TrafficType" not in asked:
        raise AwsError("MissingParameter", "The request must contain the parameter TrafficType")
    unknown = sorted(set(re.findall(r"\$\{([^}]*)\}", asked.get("LogFormat", ""))) - set(_FIELDS.split()))
    if unknown:
        raise AwsError("InvalidParameter", f"Unknown fields provided: {', '.join(unknown)}")
    if kind != "cloud-watch-logs":
        _check_arn(asked.get("LogDestination", ""), kind)
        return
    if ("LogDestination" in asked) == ("LogGroupName" in asked):
        raise AwsError("InvalidParameter", "Please only provide LogGroupName or only provide LogDestination.")
    if not asked.get("DeliverLogsPermissionArn"):
        raise AwsError("InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
    if "LogDestination" in asked:
        _check_arn(asked["LogDestination"], "logs")


def _check_arn(destination: str, service: str) -> None:
    names = {"kinesis-data-firehose": "firehose"}
    if not re.match(rf"arn:aws[\w-]*:{names.get(service, service)}:", destination):
        raise AwsError("InvalidParameter", f"LogDestination: '{destination}' is not a valid destination")


def _check_new(backend: Any, resource: str, destination: str, traffic: str | None) -> None:
    for log in backend.flow_logs.values():
        if (log.resource_id, log.destination, log.asked.get("TrafficType")) == (resource, destination, traffic):
            raise AwsError(
                "FlowLogAlreadyExists",
                "Error. There is an existing Flow Log with the same configuration and log destination.",
            )


def _bucket_exists(backend: Any, destination: str) -> bool:
    bucket = destination.partition(":::")[2].partition("/")[0]
    return bucket in s3_backends[backend.account_id][backend.partition].buckets


def _delivery_error(backend: Any, kind: str, destination: str) -> str | None:
    """AWS takes a flow log for a log group that does not exist, and reports its delivery as failed."""
    name = destination.removesuffix(":*").rpartition("log-group:")[2]
    missing = kind == "cloud-watch-logs" and name not in logs_backends[backend.account_id][backend.region_name].groups
    return "Access error" if missing else None


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("FlowLogIds")
    found = [get(backend, identifier) for identifier in wanted] if wanted else backend.flow_logs.values()
    return {"FlowLogs": [log.described(backend) for log in found]}


def get(backend: Any, identifier: str) -> FlowLog:
    if identifier not in backend.flow_logs:
        raise AwsError("InvalidFlowLogId.NotFound", f"These flow log ids in the input list are not found: [TotalCount: 1] {identifier}")
    return backend.flow_logs[identifier]


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    for identifier in asked["FlowLogIds"]:
        get(backend, identifier)
    for identifier in asked["FlowLogIds"]:
        backend.flow_logs.pop(identifier)
    return {"Unsuccessful": []}
