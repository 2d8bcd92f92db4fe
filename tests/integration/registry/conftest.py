# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SDK in a hurry, as the networks' tests have it; and two real registries, from which and to which images are copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.network.conftest import _hurried_sdk
from tests.integration.registry.registries import Registry, make_certificate, registry, require_programs

__all__ = ["_hurried_sdk"]


@pytest.fixture(scope="session")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Registry, Registry]]:
    """The upstream, which is open to all, and what stands for ECR's own, with its login: the emulated ECR has no Docker protocol."""
    require_programs()
    folder = tmp_path_factory.mktemp("registries")
    make_certificate(folder)
    with (
        registry(folder, "upstream", open_to_all=True) as upstream,
        registry(folder, "own", open_to_all=False) as own,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SSL_CERT_FILE", str(folder / "certificate.pem"))
        yield upstream, own


@pytest.fixture
def upstream(registries: tuple[Registry, Registry]) -> Registry:
    return registries[0]


@pytest.fixture
def own(registries: tuple[Registry, Registry]) -> Registry:
    return registries[1]


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    """A folder for OCI layouts."""
    return tmp_path / "images"
