# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port ranges, as rules and entries have them."""

from __future__ import annotations

from typing import TypeAlias

Ports: TypeAlias = "tuple[int, int] | None"  # first and last; None for all, or where the protocol has none


def shown(ports: Ports) -> str:
    """`` 443`` or `` 8000-8100``, with a space before; nothing for all."""
    if ports is None:
        return ""
    first, last = ports
    return f" {first}" if first == last else f" {first}-{last}"
