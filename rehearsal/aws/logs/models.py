# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's CloudWatch Logs backend; what it does not keep of a log group is set on its objects."""

from __future__ import annotations

from moto.logs.models import LogsBackend


class Backend(LogsBackend):
    """The state of one account and region."""
