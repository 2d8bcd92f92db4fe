# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module ``ecr_registry`` that are its own; documented there."""

from __future__ import annotations

from typing import Any

from .._planning.images import IMAGE_SPEC

_TEXT: dict[str, Any] = {"type": "str"}
_NAME: dict[str, Any] = {"type": "str", "required": True}
_LIST: dict[str, Any] = {"type": "list", "elements": "str", "default": []}

WHO: dict[str, Any] = {"pull_accounts": _LIST, "push_principals": _LIST}

REPOSITORY_SPEC: dict[str, Any] = {
    "name": _NAME,
    "mutable_tags": _LIST,
    "scan_on_push": {"type": "bool", "default": True},
    "kms_key_arn": {"type": "str", "no_log": False},
    "expire": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"tags": {"type": "list", "elements": "str", "required": True}, "newest": {"type": "int"}, "days": {"type": "int"}},
    },
    **WHO,
}

ECR_REGISTRY_SPEC: dict[str, Any] = {
    "platform": _NAME,
    "images": {"type": "list", "elements": "dict", "default": [], "options": IMAGE_SPEC},
    "repositories": {"type": "list", "elements": "dict", "default": [], "options": REPOSITORY_SPEC},
    "kms_key_arn": {"type": "str", "no_log": False},
    "untagged_days": {"type": "int", "default": 14},
    **WHO,
    "scanning": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "type": {"type": "str", "choices": ["basic", "enhanced"], "default": "basic"},
            "on_push": {"type": "list", "elements": "str", "default": ["*"]},
            "continuous": _LIST,
        },
    },
    "registry_policy": {"type": "dict"},
    "replication": {
        "type": "list",
        "elements": "dict",
        "options": {
            "destinations": {"type": "list", "elements": "dict", "required": True, "options": {"region": _NAME, "account_id": _NAME}},
            "prefixes": _LIST,
            "deletions": {"type": "bool", "default": False},
        },
    },
    "pull_through": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": _NAME,
            "upstream": _NAME,
            "upstream_prefix": _TEXT,
            "credential_arn": {"type": "str", "no_log": False},
            "role_arn": _TEXT,
        },
    },
    "templates": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "prefix": _NAME,
            "applied_for": {"type": "list", "elements": "str", "choices": ["replication", "create_on_push"], "required": True},
            "mutable_tags": _LIST,
            **WHO,
        },
    },
    "permissions_boundary": _TEXT,
}
