# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the third-party images: exactly those that are pinned, where they are not there yet.

It is no stack: what was copied once stays, for whoever still runs it, until its repository goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._aws.ecr.mirrored_image import MirroredImage
from .._engine.errors import PlanError
from .._engine.executor import Executor, Pace, read_live
from .._engine.plan import LiveByKind, make_plan
from .._planning.images import IMAGE_SPEC, located, read_images, refuse_unverified
from .._skopeo import Skopeo
from .ecr_registry import registry_host
from .stack import scope_of

TOGETHER = 4  # copies at once: each of them takes a connection for every layer

IMAGE_MIRROR_SPEC: dict[str, Any] = {
    "platform": {"type": "str", "required": True},
    "images": {"type": "list", "elements": "dict", "default": [], "options": IMAGE_SPEC},
    "registry": {"type": "str"},
    "sources": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"prefix": {"type": "str", "required": True}, "location": {"type": "str", "required": True}},
    },
    "authfile": {"type": "path", "no_log": False},
    "unverified": {"type": "str", "choices": ["refuse", "accept"], "default": "refuse"},
}


def converge(given: Mapping[str, Any], place: Any, check: bool) -> dict[str, Any]:
    """Plan, and copy unless in check mode. Answers the module's result. Raises ``PlatformError``."""
    images = read_images(given["images"])
    if given["unverified"] == "refuse":
        refuse_unverified(images)
    skopeo = Skopeo(registry=given["registry"] or registry_host(place.account_id, place.region), authfile=given["authfile"])
    scope = scope_of(given, "ecr_registry")
    copies = [
        MirroredImage(
            name=f"{image.name}:{image.tag}", scope=scope, image=image, digest=image.digest, source=located(image, given["sources"]), copy=skopeo.copy
        )
        for image in images
    ]
    live = read_live([MirroredImage], place, scope)
    if moved := list(_moved(copies, live)):
        raise PlanError.of(moved)
    plan = make_plan(copies, live, scope)
    copied = [change.resource for change in plan.changes if isinstance(change.resource, MirroredImage)]
    obstacles = skopeo.problems({copy.source: copy.digest for copy in copied}) if copied else []
    if copied and not check:
        if obstacles := [*obstacles, *MirroredImage.check(place, plan.changes)]:
            raise PlanError.of(obstacles)
        place.start_changing()
        with skopeo.logged_in(_login(place)):
            Executor(place, scope, pace=Pace(workers=TOGETHER)).apply(plan)
    return {
        "changed": bool(plan.changes),
        "diff": plan.diff(),
        "changes": [change.to_dict() for change in plan.changes],
        "counts": plan.counts(),
        "images": {copy.image.name: f"{skopeo.registry}/{copy.repository_name}@{copy.digest}" for copy in copies},
        "api_calls": dict(place.calls),
        "warnings": obstacles,  # in check mode, which may run elsewhere
    }


def _moved(copies: list[MirroredImage], live: LiveByKind) -> Iterator[str]:
    """A tag in ECR never moves: another digest for it needs another tag."""
    there = {each.name: each.values["digest"] for each in live[MirroredImage]}
    for copy in copies:
        if there.get(copy.name, copy.digest) != copy.digest:
            yield (
                f"{copy.repository_name}:{copy.image.tag} is there with the digest {there[copy.name]}, but platform_images pins {copy.digest}. "
                f"A tag does not move. Pin what is there, or a newer tag of {copy.image.upstream}."
            )


def _login(place: Any) -> str:
    """It lasts for twelve hours."""
    [login] = place.client("ecr").get_authorization_token()["authorizationData"]
    return str(login["authorizationToken"])
