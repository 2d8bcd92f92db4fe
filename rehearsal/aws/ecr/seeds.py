# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that are there without a push: the rehearsal's stand-in for what nobody can push to an emulated registry."""

from __future__ import annotations

from typing import Any

from moto.ecr.models import ecr_backends

from .images import seed


def add(account: str, region: str, images: list[dict[str, str]]) -> int:
    """Have images (`repository`, `tag`, `digest`) in a registry, from when on their repositories are there. Answers how many.

    Raises ValueError for what is no image.
    """
    backend: Any = ecr_backends[account][region]
    for image in images:
        if image.keys() != {"repository", "tag", "digest"} or not image["digest"].startswith("sha256:"):
            raise ValueError(f"{image}: an image has a repository, a tag and a digest sha256:...")
        backend.seeds.setdefault(image["repository"], []).append(image)
        if image["repository"] in backend.repositories:
            seed(backend.repositories[image["repository"]], image["tag"], image["digest"])
    return len(images)
