# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy of a third-party image in ECR, which skopeo makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..._engine.resource import Live, Resource, Scope, initial, managed
from ..._planning.images import MIRROR, Image
from .repository import namespace


@dataclass(kw_only=True, eq=False)
class MirroredImage(Resource):
    """``name`` is the image's with its tag. ``copy(source, repository, tag, digest)`` copies it from ``source``."""

    scope: Scope
    image: Image
    copy: Callable[[str, str, str, str], None]
    digest: str = managed()
    source: str = initial()

    kind = "mirrored_image"

    @property
    def repository_name(self) -> str:
        return namespace(self.scope) + self.image.repository

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """One call for each repository of copies, whatever is in it."""
        prefix = f"{namespace(scope)}{MIRROR}/"
        names = [name for name in _repositories(place) if name.startswith(prefix)]
        ask = partial(place.pages, "ecr", "describe_images", "imageDetails", filter={"tagStatus": "TAGGED"})
        found = place.together(partial(ask, repositoryName=name) for name in names)
        for name, images in zip(names, found, strict=True):
            for tag, digest in ((tag, each["imageDigest"]) for each in images for tag in each["imageTags"]):
                yield Live(id=f"{name}:{tag}", name=f"{name.removeprefix(prefix)}:{tag}", scope=scope, values={"digest": digest})

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        known = _repositories(place)
        return [
            f"There is no repository {change.resource.repository_name} to copy {change.name} to. Build the registry first."
            for change in changes
            if change.resource.repository_name not in known
        ]

    def create(self, place: Any) -> Live:
        self.copy(self.source, self.repository_name, self.image.tag, self.digest)
        return Live(id=f"{self.repository_name}:{self.image.tag}", name=self.name, scope=self.scope, values={"digest": self.digest})


def _repositories(place: Any) -> list[str]:
    return [each["repositoryName"] for each in place.pages("ecr", "describe_repositories", "repositories", maxResults=1000)]
