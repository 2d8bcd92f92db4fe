# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents, as far as their form goes."""

from __future__ import annotations

import json
from collections.abc import Set

_ALTERNATIVES = {"Action": "NotAction", "Principal": "NotPrincipal", "Resource": "NotResource"}


def check_policy(document: str, required: Set[str]) -> None:
    """Raises ValueError unless it is JSON with statements that have the required elements, or their opposites."""
    policy = json.loads(document)
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not statements:
        raise ValueError("it has no Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in sorted(required):
            if element not in statement and _ALTERNATIVES.get(element) not in statement:
                raise ValueError(f"a statement has no {element}")
