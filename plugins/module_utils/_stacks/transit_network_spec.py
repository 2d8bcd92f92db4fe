# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module ``transit_network`` that are its own; documented there."""

from __future__ import annotations

from typing import Any

from .network_spec import RETENTION_DAYS

TRANSIT_NETWORK_SPEC: dict[str, Any] = {
    "tunnel_logs": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "retention_days": {"type": "int", "choices": RETENTION_DAYS, "default": 365},
            "kms_key_arn": {"type": "str", "no_log": False},
        },
    },
    "tunnel_interruption": {"type": "bool", "default": False},
}
