# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pinned images: what is no pin, and where a copy is taken from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.images import located, read_images, refuse_unverified

ROOT = Path(__file__).resolve().parents[5]
PAUSE = {
    "name": "pause", "upstream": "registry.k8s.io/pause", "tag": "3.10.1", "digest": f"sha256:{'a' * 64}", "source": "https://example.com/pause"
}  # fmt: skip
WRONG = [
    ({"name": "Pause"}, "the name has to be that of a repository"),
    ({"name": "a/" * 100 + "a"}, "200 at most"),
    ({"upstream": "pause"}, "upstream pause is no registry with a repository"),
    ({"upstream": "registry.k8s.io/pause:3.10"}, "Tag and digest stand on their own"),
    ({"upstream": "https://registry.k8s.io/pause"}, "is no registry with a repository"),
    ({"tag": "latest"}, "tag latest is none that stays"),
    ({"tag": "a b"}, "tag a b is none that stays"),
    ({"digest": "a" * 64}, "skopeo inspect --format '{{.Digest}}' docker://registry.k8s.io/pause:3.10.1"),
    ({"digest": f"sha256:{'A' * 64}"}, "is none. Read it"),
    ({"source": " "}, "source does not say where the digest was read"),
]


def problems(*images: dict[str, Any]) -> list[str]:
    with pytest.raises(PlanError) as refused:
        read_images(images)
    return list(refused.value.details["problems"])


@pytest.mark.parametrize(("more", "text"), WRONG, ids=[str(more) for more, _text in WRONG])
def test_what_is_no_pin_is_named(more: dict[str, Any], text: str) -> None:
    [problem] = problems({**PAUSE, **more})
    assert problem.startswith(f"platform_images, image {more.get('name', 'pause')}: ")
    assert text in problem


@pytest.mark.parametrize("more", [more for more, _text in WRONG if more != {"source": " "}], ids=str)
def test_the_schema_of_the_inventory_refuses_it_too(more: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "schemas/platform.schema.json").read_text(encoding="utf-8"))
    check = Draft202012Validator(schema)
    assert check.is_valid({"platform_images": [PAUSE]})
    assert not check.is_valid({"platform_images": [{**PAUSE, **more}]})


def test_all_is_named_at_once_and_twice_is_once_too_often() -> None:
    found = problems(PAUSE, PAUSE, {**PAUSE, "name": "other", "tag": "latest", "digest": "x"})
    assert [problem.partition(":")[0] for problem in found] == ["platform_images", *["platform_images, image other"] * 2]
    assert "'pause' is pinned 2 times" in found[0]


def test_unverified_images_are_named_with_the_command_that_verifies_them() -> None:
    images = read_images([PAUSE, {**PAUSE, "name": "unsure", "verified": False}])
    refuse_unverified(images[:1])
    with pytest.raises(PlanError) as refused:
        refuse_unverified(images)
    [problem] = refused.value.details["problems"]
    assert "image unsure was not verified (https://example.com/pause)" in problem
    assert problem.endswith("skopeo inspect --format '{{.Digest}}' docker://registry.k8s.io/pause:3.10.1")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], f"docker://registry.k8s.io/pause@sha256:{'a' * 64}"),
        ([("registry.k8s.io", "mirror.example.com/k8s")], f"docker://mirror.example.com/k8s/pause@sha256:{'a' * 64}"),
        ([("registry.k8s.io", "far.example.com"), ("registry.k8s.io/pause", "near.example.com/p")], f"docker://near.example.com/p@sha256:{'a' * 64}"),
        ([("registry.k8s", "nowhere.example.com")], f"docker://registry.k8s.io/pause@sha256:{'a' * 64}"),
        ([("registry.k8s.io", "oci:/srv/images")], "oci:/srv/images/pause:3.10.1"),
    ],
)
def test_the_longest_prefix_says_where_it_is_copied_from(sources: list[tuple[str, str]], expected: str) -> None:
    [image] = read_images([PAUSE])
    assert located(image, [{"prefix": prefix, "location": location} for prefix, location in sources]) == expected


def test_shipped_pins_are_pins_and_say_where_they_come_from() -> None:
    images = read_images(yaml.safe_load((ROOT / "inventories/shared/images.yml").read_text(encoding="utf-8"))["platform_images"])
    assert {image.name for image in images if image.verified} == {image.name for image in images if image.source.startswith("https://")}
