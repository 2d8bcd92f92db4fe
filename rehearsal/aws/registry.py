# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register overlays with moto. Both moves come before the first request that touches the service."""

from __future__ import annotations

import importlib
import re

import moto
from moto import backend_index, backends


def extend(service: str, package: str) -> None:
    """Give a service that moto has our backend, `<package>.models.Backend`; moto finds `<package>.urls` beside it."""
    backend = importlib.import_module(f"{package}.models").Backend
    registered = backends.get_backend(service)
    if registered.backend is backend:
        return
    registered.clear()
    registered.backend = backend


def add(service: str, folder: str, *hosts: str) -> None:
    """Add a service that moto lacks: the package `<folder>/<service>`, answering at hosts that match the patterns."""
    if folder not in moto.__path__:
        moto.__path__.append(folder)
    patterns = [(service, re.compile(host)) for host in hosts]
    if patterns[0] not in backend_index.backend_url_patterns:
        backend_index.backend_url_patterns[:0] = patterns
