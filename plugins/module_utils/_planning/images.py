# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The third-party images of the platform, each pinned once, by tag and digest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._engine.errors import PlanError

# OCI distribution specification, "Pulling manifests"; ECR takes no more than 256 characters in all.
PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"
LONGEST_NAME = 200
LAYOUT = "oci:"
MIRROR = "mirror"  # where the copies are, in the platform's part of the registry

IMAGE_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "upstream": {"type": "str", "required": True},
    "tag": {"type": "str", "required": True},
    "digest": {"type": "str", "required": True},
    "source": {"type": "str", "required": True},
    "verified": {"type": "bool", "default": True},
}


@dataclass(frozen=True, kw_only=True)
class Image:
    """``upstream`` is a registry's host with a repository, as in registry.k8s.io/pause; ``source`` says where the digest was read."""

    name: str
    upstream: str
    tag: str
    digest: str
    source: str
    verified: bool = True

    @property
    def repository(self) -> str:
        """Of its copy, in the platform's part of the registry."""
        return f"{MIRROR}/{self.name}"


def read_images(given: Iterable[Mapping[str, Any]]) -> list[Image]:
    """The images that ``IMAGE_SPEC`` has let through. Raises ``PlanError`` with all that is wrong."""
    images = [Image(**each) for each in given]
    if problems := list(_problems(images)):
        raise PlanError.of(problems)
    return images


def _problems(images: list[Image]) -> Iterator[str]:
    for name, times in Counter(image.name for image in images).items():
        if times > 1:
            yield f"platform_images: '{name}' is pinned {times} times. An image is pinned once: keep one of them, or name the other one otherwise."
    for image in images:
        for problem in _image_problems(image):
            yield f"platform_images, image {image.name}: {problem}"


def _image_problems(image: Image) -> Iterator[str]:
    if not re.fullmatch(PATH, image.name) or len(image.name) > LONGEST_NAME:
        yield f"the name has to be that of a repository: lower-case letters, digits and . _ - / between them, {LONGEST_NAME} at most."
    host, _slash, path = image.upstream.partition("/")
    if not re.search(r"[.:]", host) or not re.fullmatch(PATH, path):
        yield f"upstream {image.upstream} is no registry with a repository, such as registry.k8s.io/pause. Tag and digest stand on their own."
    if not re.fullmatch(TAG, image.tag) or image.tag == "latest":
        yield f"tag {image.tag} is none that stays. Name the version."
    if not re.fullmatch(DIGEST, image.digest):
        yield f"digest {image.digest} is none. Read it: {inspection(image)}"
    if not image.source.strip():
        yield "source does not say where the digest was read."


def located(image: Image, sources: Iterable[Mapping[str, str]]) -> str:
    """Where skopeo copies it from: the upstream itself, or what ``sources`` has for the longest prefix of it.

    A location is another registry, or ``oci:`` with a folder of OCI layouts, one for each repository.
    """
    known = [each for each in sources if image.upstream == each["prefix"] or image.upstream.startswith(f"{each['prefix']}/")]
    best = max(known, key=lambda each: len(each["prefix"]), default={"prefix": "", "location": ""})
    place = best["location"] + image.upstream.removeprefix(best["prefix"])
    return f"{place}:{image.tag}" if place.startswith(LAYOUT) else f"docker://{place}@{image.digest}"


def inspection(image: Image) -> str:
    """The command that reads the digest at the upstream."""
    return f"skopeo inspect --format '{{{{.Digest}}}}' docker://{image.upstream}:{image.tag}"


def refuse_unverified(images: Iterable[Image]) -> None:
    """Raises ``PlanError`` for digests that nobody has read at their upstream."""
    unverified = [image for image in images if not image.verified]
    if unverified:
        raise PlanError.of(
            [
                f"The digest of image {image.name} was not verified ({image.source}). Compare it with what this prints, and set verified: true "
                f"in platform_images: {inspection(image)}"
                for image in unverified
            ]
        )
