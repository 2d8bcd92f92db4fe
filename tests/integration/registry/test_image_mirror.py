# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of pinned images with the real skopeo, between real registries; what is there the emulated ECR says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.fintech.platform.plugins.module_utils._module import SCOPE_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.image_mirror import IMAGE_MIRROR_SPEC, converge
from tests.integration.registry.registries import Registry, make_layout
from tests.support.cloud import ACCOUNT, Cloud, Recording

pytestmark = pytest.mark.emulator

WRONG = f"sha256:{'f' * 64}"


class Mirror:
    """``images`` are pinned; ``run`` is one of the module."""

    def __init__(self, cloud: Cloud, upstream: Registry, own: Registry, layouts: Path) -> None:
        self.cloud, self.upstream, self.own, self.layouts = cloud, upstream, own, layouts
        self.images: list[dict[str, Any]] = []
        self.recording = Recording()

    def pin(self, name: str, tag: str = "1.0", *architectures: str, repository: bool = True, push: bool = True) -> str:
        digest = make_layout(self.layouts / name, tag, *(architectures or (name,)))
        if push:
            self.upstream.push(self.layouts / name, tag, name)
        if repository:
            self.cloud.ecr.create_repository(repositoryName=f"acme/mirror/{name}", imageTagMutability="IMMUTABLE")
        self.images.append({"name": name, "upstream": f"{self.upstream.host}/{name}", "tag": tag, "digest": digest, "source": "made here"})
        return digest

    def run(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        given = {"platform": "acme", "environment": "hub", "account_id": ACCOUNT, "images": self.images, "registry": self.own.host, **options}
        checked = ArgumentSpecValidator({**SCOPE_SPEC, **IMAGE_MIRROR_SPEC}).validate(given)
        assert not checked.error_messages
        with self.cloud.recorded() as self.recording:
            return converge(checked.validated_parameters, self.cloud.place(), check)

    def arrive(self) -> None:
        """As ECR itself would know of what was pushed."""
        images = [{"repository": f"acme/mirror/{each['name']}", "tag": each["tag"], "digest": each["digest"]} for each in self.images]
        self.cloud.control.images(images)


@pytest.fixture
def mirror(cloud: Cloud, upstream: Registry, own: Registry, layouts: Path) -> Mirror:
    return Mirror(cloud, upstream, own, layouts)


def test_what_is_pinned_is_copied_once_with_all_its_architectures(mirror: Mirror) -> None:
    several, single = mirror.pin("several", "1.0", "amd64", "arm64"), mirror.pin("team/single")
    planned = mirror.run(check=True)
    assert mirror.own.digest("acme/mirror/several", "1.0") is None
    copied = mirror.run()
    assert (copied["changes"], copied["diff"]) == (planned["changes"], planned["diff"])
    assert [(each["action"], each["kind"], each["name"]) for each in copied["changes"]] == [
        ("create", "mirrored_image", "several:1.0"), ("create", "mirrored_image", "team/single:1.0")
    ]  # fmt: skip
    assert f"source: docker://{mirror.upstream.host}/several@{several}" in copied["diff"]["after"]
    assert mirror.own.digest("acme/mirror/several", "1.0") == several
    assert mirror.own.digest("acme/mirror/team/single", "1.0") == single
    for each in json.loads((mirror.layouts / f"several/blobs/sha256/{several.removeprefix('sha256:')}").read_text())["manifests"]:
        assert mirror.own.digest("acme/mirror/several", each["digest"]) == each["digest"]
    assert copied["images"]["several"] == f"{mirror.own.host}/acme/mirror/several@{several}"
    assert mirror.recording.counts() == {"ecr.DescribeRepositories": 1, "ecr.DescribeImages": 2, "ecr.GetAuthorizationToken": 1}

    mirror.arrive()
    again = mirror.run()
    assert (again["changed"], again["counts"]["unchanged"]) == (False, 2)
    assert mirror.recording.counts() == {"ecr.DescribeRepositories": 1, "ecr.DescribeImages": 2}


def test_the_login_is_on_no_command_line_and_gone_afterwards(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.pin("secret")
    commands, seen = [], []
    run = vars(subprocess)["run"]

    def watched(command: list[str], **options: Any) -> Any:
        authfile = Path(command[command.index("--dest-authfile") + 1])
        commands.append(command)
        seen.append((authfile, oct(authfile.stat().st_mode), oct(authfile.parent.stat().st_mode), json.loads(authfile.read_text())))
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    mirror.run()
    [(authfile, mode, folder_mode, content)] = seen
    login = mirror.cloud.ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert content == {"auths": {mirror.own.host: {"auth": login}}}
    assert (mode, folder_mode) == ("0o100600", "0o40700")
    assert login not in " ".join(commands[0])
    assert not authfile.parent.exists()


@pytest.mark.parametrize("place", ["registry", "layout"])
def test_images_come_from_elsewhere_too(mirror: Mirror, place: str) -> None:
    digest = mirror.pin(f"far-{place}", "1.0", "amd64", "arm64")
    mirror.images[0]["upstream"] = f"registry.example.com/far-{place}"
    locations = {"registry": mirror.upstream.host, "layout": f"oci:{mirror.layouts}"}
    sources = [{"prefix": "registry.example.com", "location": locations[place]}, {"prefix": "registry", "location": "nowhere.example.com"}]
    mirror.run(sources=sources)
    assert mirror.own.digest(f"acme/mirror/far-{place}", "1.0") == digest


def test_a_layout_with_another_image_is_refused_before_anything_is_copied(mirror: Mirror) -> None:
    digests = {name: mirror.pin(name, push=False) for name in ("right", "wrong", "other", "none")}
    for image in mirror.images:
        image["upstream"] = f"registry.example.com/{image['name']}"
    mirror.images[1] |= {"digest": WRONG}
    mirror.images[2] |= {"tag": "2.0"}
    mirror.images[3] |= {"upstream": "registry.example.com/nothing"}
    with pytest.raises(PlanError) as refused:
        mirror.run(sources=[{"prefix": "registry.example.com", "location": f"oci:{mirror.layouts}"}])
    wrong, other, none = refused.value.details["problems"]
    assert wrong == f"The OCI layout {mirror.layouts}/wrong has 1.0 with the digest {digests['wrong']}, but {WRONG} is pinned."
    assert other == f"The OCI layout {mirror.layouts}/other has no 2.0, but 1.0."
    assert none.startswith(f"{mirror.layouts}/nothing is no OCI layout: ")
    assert mirror.own.digest("acme/mirror/right", "1.0") is None


def test_a_digest_that_the_upstream_does_not_have_is_named(mirror: Mirror) -> None:
    mirror.pin("good")
    mirror.pin("bad")
    mirror.images[1]["digest"] = WRONG
    with pytest.raises(ApplyError, match=rf"Cannot create mirrored_image.bad:1.0: skopeo cannot copy docker://.*bad@{WRONG}: .*manifest unknown"):
        mirror.run()
    assert mirror.own.digest("acme/mirror/bad", "1.0") is None


def test_a_tag_never_moves(mirror: Mirror) -> None:
    digest = mirror.pin("moved")
    mirror.arrive()
    mirror.images[0]["digest"] = WRONG
    with pytest.raises(PlanError, match=rf"acme/mirror/moved:1.0 is there with the digest {digest}, but platform_images pins {WRONG}"):
        mirror.run(check=True)
    mirror.images[0]["tag"] = "2.0"
    assert [each["name"] for each in mirror.run(check=True)["changes"]] == ["moved:2.0"]


def test_unverified_images_are_refused_unless_they_are_accepted(mirror: Mirror) -> None:
    mirror.pin("unsure")
    mirror.images[0]["verified"] = False
    with pytest.raises(PlanError, match=r"The digest of image unsure was not verified \(made here\)\. Compare it .*: skopeo inspect"):
        mirror.run(check=True)
    assert mirror.run(check=True, unverified="accept")["counts"]["created"] == 1


def test_what_is_missing_is_said_before_anything_is_copied(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.pin("here")
    mirror.pin("nowhere", repository=False)
    assert mirror.run(check=True)["counts"]["created"] == 2  # the registry may be only planned
    with pytest.raises(PlanError, match=r"There is no repository acme/mirror/nowhere to copy nowhere:1\.0 to\. Build the registry first\."):
        mirror.run()
    assert mirror.own.digest("acme/mirror/here", "1.0") is None
    with pytest.raises(PlanError, match="The authfile /nowhere is not there"):
        mirror.run(authfile="/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PlanError, match="skopeo is not installed where this runs"):
        mirror.run()
    assert mirror.run(check=True)["warnings"] == ["skopeo is not installed where this runs. On Debian and Ubuntu: apt-get install skopeo"]
