# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents as they compare: AWS gives them back as other text, and perhaps in another order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def access_policy(document: Mapping[str, Any] | str | None) -> Document:
    """A policy of a repository or the registry: a list of one is its member, and neither statements nor members have an order.

    None and an empty document are ``{}``: no policy. Raises ``ValueError`` for text that is no JSON.
    """
    read = _read(document)
    statements = read.get("Statement", [])
    ordered = sorted((_plain(each) for each in (statements if isinstance(statements, list) else [statements])), key=_text)
    return {**read, "Statement": ordered} if ordered else {}


def lifecycle_policy(document: Mapping[str, Any] | str | None) -> Document:
    """A lifecycle policy: its rules by priority."""
    rules = _read(document).get("rules", [])
    return {"rules": sorted(rules, key=lambda rule: rule["rulePriority"])} if rules else {}


def text(document: Mapping[str, Any]) -> str:
    """What AWS takes; nothing for no policy."""
    return _text(document) if document else ""


def _read(document: Mapping[str, Any] | str | None) -> Document:
    return json.loads(document) if isinstance(document, str) and document else dict(document or {})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        members = sorted((_plain(inner) for inner in value), key=_text)
        return members[0] if len(members) == 1 else members
    # An account is the same as its root.
    return re.sub(r"^arn:aws[\w-]*:iam::(\d{12}):root$", r"\1", value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
