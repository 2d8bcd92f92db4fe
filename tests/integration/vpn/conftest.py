# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection that the documentation shows, for both ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fintech.platform.plugins.filter import customer_gateway_configuration as plugin


@pytest.fixture(scope="session")
def documented_connection() -> Callable[[], dict[str, Any]]:
    """With BGP; a copy for each call."""
    documented = yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return lambda: yaml.safe_load(documented["EXAMPLES"])[0]["vars"]["connection"]


@pytest.fixture
def static_connection(documented_connection: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return {**documented_connection(), "routing": "static", "bgp": None}
