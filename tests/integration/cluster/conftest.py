# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SDK in a hurry, as the networks' tests have it."""

from __future__ import annotations

from tests.integration.network.conftest import _hurried_sdk

__all__ = ["_hurried_sdk"]
