# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: no real account is reached, since what the developer's shell and home say of AWS is set aside."""

from __future__ import annotations

import os

import pytest

for name in [name for name in os.environ if name.startswith(("AWS_", "EC2_", "BOTO_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers here, since ansible-test reads no pyproject.toml."""
    config.addinivalue_line("markers", "emulator: needs an emulated AWS, which a fixture starts")
    config.addinivalue_line("markers", "slow: takes more than ten seconds")
    config.addinivalue_line("markers", "alone: wants a process in which no other emulated AWS has run: make integration runs it after the others")
