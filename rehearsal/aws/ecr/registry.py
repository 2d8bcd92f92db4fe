# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry has once: replication, scanning and account settings."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .models import Backend, invalid

# ECR service quotas: rules per replication configuration, unique destinations across all its rules
_MOST_REPLICATION_RULES, _MOST_DESTINATIONS = 10, 25
_FREQUENCIES = {"BASIC": {"SCAN_ON_PUSH", "MANUAL"}, "ENHANCED": {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}}
_VALUES = {"BASIC_SCAN_TYPE_VERSION": {"AWS_NATIVE"}, "REGISTRY_POLICY_SCOPE": {"V2"}, "BLOB_MOUNTING": {"ENABLED", "DISABLED"}}


def put_replication(backend: Backend, asked: Asked) -> dict[str, Any]:
    rules = asked["replicationConfiguration"]["rules"]
    destinations = {(each["region"], each["registryId"]) for rule in rules for each in rule["destinations"]}
    if len(rules) > _MOST_REPLICATION_RULES or len(destinations) > _MOST_DESTINATIONS:
        raise invalid("replicationConfiguration", f"It has no more than {_MOST_REPLICATION_RULES} rules and {_MOST_DESTINATIONS} destinations")
    if any(not rule["destinations"] for rule in rules):
        raise invalid("replicationConfiguration", "Every rule needs a destination")
    if (backend.region_name, backend.account_id) in destinations:
        raise invalid("replicationConfiguration", "Replication destination cannot be the same as the source registry")
    backend.replication_config = {"rules": rules}
    return {"replicationConfiguration": backend.replication_config}


def put_scanning(backend: Backend, asked: Asked) -> dict[str, Any]:
    scan_type, rules = asked.get("scanType", "BASIC"), asked.get("rules", [])
    frequencies = [rule["scanFrequency"] for rule in rules]
    if wrong := set(frequencies) - _FREQUENCIES[scan_type]:
        raise invalid("scanFrequency", f"{', '.join(sorted(wrong))} is not supported with scan type {scan_type}")
    if len(set(frequencies)) < len(frequencies):
        raise invalid("rules", "A scan frequency has one rule at most")
    backend.put_registry_scanning_configuration(scan_type, rules)
    return {"registryScanningConfiguration": {"scanType": scan_type, "rules": rules}}


def get_setting(backend: Backend, asked: Asked) -> dict[str, Any]:
    name = _known(asked)
    return {"name": name, "value": backend.settings[name]}


def put_setting(backend: Backend, asked: Asked) -> dict[str, Any]:
    name, value = _known(asked), asked["value"]
    if value not in _VALUES[name]:
        raise AwsError("ValidationException", f"'{value}' is no value of {name}; its values are {', '.join(sorted(_VALUES[name]))}")
    backend.settings[name] = value
    return {"name": name, "value": value}


def _known(asked: Asked) -> str:
    if asked["name"] not in _VALUES:
        raise AwsError("ValidationException", f"'{asked['name']}' is no account setting; known are {', '.join(_VALUES)}")
    return str(asked["name"])
