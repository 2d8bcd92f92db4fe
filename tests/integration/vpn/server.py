# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On the workload: receive until the end, then say how much came and in what segments."""

from __future__ import annotations

import socket

listener = socket.create_server(("10.64.0.10", 4433))
connection, peer = listener.accept()
received = 0
while piece := connection.recv(65536):
    received += len(piece)
print(received, connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG), peer[0])
