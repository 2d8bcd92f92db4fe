# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images, of which a repository has the manifest, the digest and the tags. What they are made of nobody pulls."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import Image

from ..answers import AwsError
from ..described import matches, paginate
from ..overlay import Asked
from .models import Backend, invalid, now

_PAGE = 100
_TOKEN_LIFE = timedelta(hours=12)
_INDEX = "application/vnd.oci.image.index.v1+json"


def seed(repository: Any, tag: str, digest: str) -> None:
    """Have an image there as if it had been pushed; its tag leaves the image that had it."""
    _tag(repository, _found(repository, digest) or _add(repository, json.dumps({"schemaVersion": 2, "mediaType": _INDEX}), _INDEX, digest), tag)


def put(backend: Backend, asked: Asked) -> dict[str, Any]:
    repository, text, tag = backend.repository(asked), asked["imageManifest"], asked.get("imageTag")
    digest, media_type = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", _media_type(asked)
    if asked.get("imageDigest", digest) != digest:
        raise AwsError("ImageDigestDoesNotMatchException", f"The digest of the image is {digest}, not {asked['imageDigest']}")
    image = _found(repository, digest)
    if image and (tag is None or tag in image.image_tags):
        raise ImageAlreadyExistsException(repository.name, repository.registry_id, digest, tag or "null")
    holder = next((each for each in repository.images if tag in each.image_tags), None)
    if holder and _is_immutable(repository, str(tag)):
        raise AwsError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten because the tag is immutable.",
        )
    image = image or _add(repository, text, media_type, digest)
    _tag(repository, image, tag)
    identity = {"imageDigest": digest, **({"imageTag": tag} if tag else {})}
    return {
        "image": {
            "registryId": repository.registry_id, "repositoryName": repository.name, "imageId": identity, "imageManifest": text,
            "imageManifestMediaType": media_type,
        }
    }  # fmt: skip


def _media_type(asked: Asked) -> str:
    try:
        found = asked.get("imageManifestMediaType") or json.loads(asked["imageManifest"]).get("mediaType")
    except (ValueError, AttributeError) as cause:
        raise invalid("ImageManifest", "Invalid JSON syntax") from cause
    if not found:
        raise invalid("ImageManifest", "The media type of the manifest is neither given nor in it")
    return str(found)


def _is_immutable(repository: Any, tag: str) -> bool:
    filters = [each["filter"] for each in repository.image_tag_mutability_exclusion_filters or ()]
    return repository.image_tag_mutability.startswith("IMMUTABLE") != matches(tag, filters)


def _found(repository: Any, digest: str) -> Any:
    return next((image for image in repository.images if image.image_digest == digest), None)


def _add(repository: Any, manifest: str, media_type: str, digest: str) -> Any:
    image = Image(repository.account_id, None, manifest, repository.name, media_type, digest)
    repository.images.append(image)
    return image


def _tag(repository: Any, image: Any, tag: str | None) -> None:
    if tag is None:
        return
    for each in repository.images:
        each.remove_tag(tag)
    image.update_tag(tag)


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    repository = backend.repository(asked)
    wanted = [repository._get_image(each.get("imageTag"), each.get("imageDigest")) for each in asked.get("imageIds", [])]
    rows = [_row(repository, each) for each in (dict.fromkeys(wanted) if "imageIds" in asked else _filtered(repository, asked))]
    page, token = paginate(rows, asked.get("maxResults", _PAGE), asked.get("nextToken"))
    return {"imageDetails": page, "nextToken": token}


def _row(repository: Any, image: Any) -> dict[str, Any]:
    row = {
        "registryId": repository.registry_id, "repositoryName": repository.name, "imageDigest": image.image_digest,
        "imagePushedAt": datetime.fromtimestamp(image.image_pushed_at, UTC), "imageManifestMediaType": image.image_manifest_media_type,
        "imageStatus": "ACTIVE",
    }  # fmt: skip
    size = image.image_size_in_bytes
    return row | ({"imageTags": list(image.image_tags)} if image.image_tags else {}) | ({"imageSizeInBytes": size} if size else {})


def listed(backend: Backend, asked: Asked) -> dict[str, Any]:
    repository = backend.repository(asked)
    rows = [
        {"imageDigest": image.image_digest, **({"imageTag": tag} if tag else {})}
        for image in _filtered(repository, asked)
        for tag in image.image_tags or [None]
    ]
    page, token = paginate(rows, asked.get("maxResults", _PAGE), asked.get("nextToken"))
    return {"imageIds": page, "nextToken": token}


def _filtered(repository: Any, asked: Asked) -> list[Any]:
    status = asked.get("filter", {}).get("tagStatus", "ANY")
    return [image for image in repository.images if status == "ANY" or bool(image.image_tags) == (status == "TAGGED")]


def prolong(backend: Backend, asked: Asked, result: Any) -> None:
    """moto's tokens ran out in 2015."""
    for each in result["authorizationData"]:
        each["expiresAt"] = now() + _TOKEN_LIFE
