# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the office: send a million bytes to the workload."""

from __future__ import annotations

import socket

with socket.create_connection(("10.64.0.10", 4433), timeout=10) as connection:
    connection.sendall(b"x" * 1_000_000)
