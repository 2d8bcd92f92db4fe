# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture is a document that any viewer opens, and says what the rows say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._planning.matrix_picture import CELL, MOST, STYLES, matrix_picture

SVG = "{http://www.w3.org/2000/svg}"


def row(source: str, target: str, status: str = "equal", ports: str = "443") -> dict[str, Any]:
    return {"from": source, "to": target, "protocol": "tcp", "ports": ports, "status": status}


def drawn(rows: list[dict[str, Any]], **more: Any) -> ElementTree.Element:
    return ElementTree.fromstring(matrix_picture(rows, **{"title": "Who reaches what", "day": "2027-01-31", **more}))


def texts(document: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in document.iter(f"{SVG}text")]


def cells(document: ElementTree.Element) -> dict[str, list[str]]:
    return {each.get("aria-label", ""): [text.text or "" for text in each.iter(f"{SVG}text")] for each in document.iter(f"{SVG}g")}


def test_every_status_has_its_colour_and_its_symbol() -> None:
    document = drawn([row("dev.nodes", "a.x"), row("dev.nodes", "b.x", "missing"), row("dev.nodes", "c.x", "excess")])
    assert cells(document) == {"dev.nodes to a.x": ["= tcp 443"], "dev.nodes to b.x": ["\u2212 tcp 443"], "dev.nodes to c.x": ["+ tcp 443"]}
    fills = {each.get("aria-label"): each.find(f"{SVG}rect").get("fill") for each in document.iter(f"{SVG}g")}  # type: ignore[union-attr]
    assert list(fills.values()) == [STYLES["equal"][0], STYLES["missing"][0], STYLES["excess"][0]]
    assert {meaning for _fill, _ink, _symbol, meaning in STYLES.values()} <= set(texts(document))


def test_the_worst_of_a_cell_comes_first_and_colours_it() -> None:
    document = drawn([row("a", "b", ports="1"), row("a", "b", "missing", "2"), row("a", "b", "excess", "3")])
    assert cells(document)["a to b"] == ["+ tcp 3", "\u2212 tcp 2", "= tcp 1"]


def test_what_does_not_fit_is_in_the_tooltip() -> None:
    document = drawn([row("a", "b", ports=str(port)) for port in range(101, 109)])
    assert len(cells(document)["a to b"]) == MOST
    assert cells(document)["a to b"][-1] == "\u2026 4 more"
    told = next(each for each in document.iter(f"{SVG}g")).find(f"{SVG}title")
    assert told is not None
    assert all(f"tcp {port}" in (told.text or "") for port in range(101, 109))


@pytest.mark.parametrize("name", ['<script>&"', "naïve \u2192 name", "a'b]]>c"])
def test_names_are_text(name: str) -> None:
    document = drawn([row(name, "b")], title=name)
    assert name in texts(document)
    assert document.find(f"{SVG}title").text == name  # type: ignore[union-attr]


def test_it_stays_readable_with_fifty_of_each() -> None:
    document = drawn([row(f"environment_{a}.workload", f"site_{b}.network") for a in range(50) for b in range(50)])
    lefts = sorted({float(each.find(f"{SVG}rect").get("x")) for each in document.iter(f"{SVG}g")})  # type: ignore[union-attr,arg-type]
    assert len(lefts) == 50
    assert {round(after - before) for before, after in pairwise(lefts)} == {CELL}
    assert len(cells(document)) == 2500
    assert float(document.get("width", 0)) >= lefts[-1] + CELL


def test_proofs_stand_below_it() -> None:
    proofs = [
        {"statement": "No site reaches another.", "holds": True, "violations": []},
        {"statement": "No environment reaches another.", "holds": False, "violations": ["dev -> test"]},
    ]
    assert texts(drawn([row("a", "b")], proofs=proofs))[-2:] == [
        "= No site reaches another.",
        "+ BROKEN: No environment reaches another. 1 found.",
    ]


def test_an_empty_matrix_is_a_picture_too() -> None:
    assert "Who reaches what" in texts(drawn([]))
