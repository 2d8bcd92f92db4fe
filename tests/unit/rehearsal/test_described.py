# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How described rows are matched and cut into pages."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.aws.answers import AwsError
from rehearsal.aws.described import Listing, matches, paginate


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ("vpc-1", ["vpc-1"], True),
        ("vpc-1", ["vpc-2", "vpc-1"], True),
        ("vpc-10", ["vpc-1"], False),
        ("acme-dev-a", ["acme-*-?"], True),
        ("a.b", ["a?b"], True),
        ("axb", ["a.b"], False),
        ("[x]", ["[x]"], True),
        ("Name", ["name"], False),
        (True, ["true"], True),
        (100, ["100"], True),
        (["a", "b"], ["b"], True),
        ([], ["*"], False),
        (None, ["*"], False),
    ],
)
def test_values_match_exactly_or_by_wildcards(found: Any, wanted: list[str], expected: bool) -> None:
    assert matches(found, wanted) is expected


@pytest.mark.parametrize(
    ("limit", "token", "page", "following"),
    [
        (None, None, [0, 1, 2, 3, 4], None),
        (2, None, [0, 1], "page-2"),
        (2, "page-2", [2, 3], "page-4"),
        (2, "page-4", [4], None),
        (5, None, [0, 1, 2, 3, 4], None),
    ],
)
def test_pages(limit: int | None, token: str | None, page: list[int], following: str | None) -> None:
    rows, found = paginate([{"n": number} for number in range(5)], limit, token)
    assert ([row["n"] for row in rows], found) == (page, following)


def test_a_token_of_others_is_refused() -> None:
    with pytest.raises(AwsError, match="InvalidNextToken"):
        paginate([], 5, "theirs")


def test_filters_look_into_tags_and_paths() -> None:
    listing = Listing("Rows", {"inner-id": "Inner[].Id"})
    row = {"Inner": [{"Id": "one"}, {"Id": "two"}], "Tags": [{"Key": "Name", "Value": "x"}]}
    assert listing.found(row, "inner-id") == ["one", "two"]
    assert listing.found(row, "tag:Name") == ["x"]
    assert listing.found(row, "tag:Other") == []
    assert (listing.found(row, "tag-key"), listing.found(row, "tag-value")) == (["Name"], ["x"])
    with pytest.raises(AwsError, match="The filter 'inner' is invalid"):
        listing.found(row, "inner")
