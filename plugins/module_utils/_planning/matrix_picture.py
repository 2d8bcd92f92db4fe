# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access matrix as it is live, drawn for auditors: who reaches what, and whether that is declared. Told by colour and by symbol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from re import findall
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

STYLES = {  # fill, ink, symbol, meaning
    "equal": ("#e3f2e6", "#14532d", "=", "declared and possible"),
    "missing": ("#fff3cd", "#7a4b00", "\u2212", "declared, not possible"),
    "excess": ("#fde2e2", "#8b0000", "+", "possible, not declared"),
}
ORDER = ("excess", "missing", "equal")
CELL, LINE, MARGIN, LETTER = 118, 14, 24, 6.6  # widths and heights in pixels; LETTER: of one letter at 11 pixels
MOST = 5  # lines in a cell; the rest is in its tooltip
HEAD = 84  # title, date and legend
Flow: TypeAlias = "tuple[str, str, str]"  # status, protocol and ports, reason


def matrix_picture(rows: Sequence[Mapping[str, Any]], *, title: str, day: str, proofs: Iterable[Mapping[str, Any]] = ()) -> str:
    """An SVG document. ``rows``: ``from``, ``to``, ``protocol``, ``ports`` and ``status`` of each flow, with its ``reason`` if any."""
    sources, targets = sorted({row["from"] for row in rows}), sorted({row["to"] for row in rows})
    cells: dict[tuple[str, str], list[Flow]] = {}
    for row in sorted(rows, key=lambda each: (ORDER.index(each["status"]), each["protocol"], _numbers(each["ports"]))):
        cells.setdefault((row["from"], row["to"]), []).append((row["status"], _ports(row), str(row.get("reason", ""))))
    left = MARGIN + 12 + max((len(name) for name in sources), default=0) * LETTER
    top = HEAD + 12 + max((len(name) for name in targets), default=0) * LETTER
    heights = [12 + LINE * max(min(len(cells.get((source, target), ())), MOST) for target in targets) for source in sources]
    tops = [top + sum(heights[:index]) for index in range(len(sources) + 1)]
    right, bottom = left + CELL * len(targets), tops[-1]
    lines = list(_verdicts(proofs))
    parts = [
        *_header(title, day),
        *(_column(name, left + CELL * index, top, bottom) for index, name in enumerate(targets)),
        *(_row(name, left, tops[index], heights[index], right) for index, name in enumerate(sources)),
        *(
            _cell(source, target, cells[source, target], left + CELL * column, tops[row], heights[row])
            for row, source in enumerate(sources)
            for column, target in enumerate(targets)
            if (source, target) in cells
        ),
        *(_text(MARGIN, bottom + 28 + 18 * index, line, colour) for index, (line, colour) in enumerate(lines)),
    ]
    width = max(right + MARGIN, 640, MARGIN * 2 + max((len(line) for line, _colour in lines), default=0) * LETTER)
    return _document(width, bottom + 28 + 18 * len(lines) + MARGIN, title, parts)


def _document(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="11">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>", ""])


def _numbers(ports: str) -> list[int]:
    return [int(number) for number in findall("[0-9]+", ports)]


def _ports(row: Mapping[str, Any]) -> str:
    return str(row["protocol"]) if row["ports"] == "all" else f"{row['protocol']} {row['ports']}"


def _header(title: str, day: str) -> list[str]:
    found = [
        f'<text x="{MARGIN}" y="34" font-size="17" font-weight="bold" fill="#111111">{escape(title)}</text>',
        _text(MARGIN, 54, f"as live on {day}; rows reach columns", "#555555"),
    ]
    place: float = MARGIN
    for fill, ink, symbol, meaning in STYLES.values():
        found.append(f'<rect x="{place:.0f}" y="64" width="16" height="16" fill="{fill}" stroke="{ink}"/>')
        found.append(f'<text x="{place + 8:.0f}" y="76" text-anchor="middle" font-weight="bold" fill="{ink}">{symbol}</text>')
        found.append(_text(place + 22, 76, meaning, "#111111"))
        place += 40 + len(meaning) * LETTER
    return found


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{escape(text)}</text>'


def _column(name: str, x: float, top: float, bottom: float) -> str:
    line = f'<line x1="{x:.0f}" y1="{top:.0f}" x2="{x:.0f}" y2="{bottom:.0f}" stroke="#d0d0d0"/>'
    middle = x + CELL / 2 + 4
    return f'{line}<text transform="translate({middle:.0f} {top - 6:.0f}) rotate(-90)" fill="#111111">{escape(name)}</text>'


def _row(name: str, left: float, top: float, height: float, right: float) -> str:
    line = f'<line x1="{MARGIN}" y1="{top:.0f}" x2="{right:.0f}" y2="{top:.0f}" stroke="#d0d0d0"/>'
    return f'{line}<text x="{left - 8:.0f}" y="{top + height / 2 + 4:.0f}" text-anchor="end" fill="#111111">{escape(name)}</text>'


def _cell(source: str, target: str, flows: Sequence[Flow], x: float, y: float, height: float) -> str:
    """Coloured after its worst flow; every line has its own symbol and ink."""
    fill, ink, _symbol, _meaning = STYLES[flows[0][0]]
    shown = list(flows if len(flows) <= MOST else flows[: MOST - 1])
    told = "\n".join(f"{STYLES[status][2]} {ports} ({STYLES[status][3]}) {reason}".rstrip() for status, ports, reason in flows)
    found = [f"<g aria-label={quoteattr(f'{source} to {target}')}><title>{escape(f'{source} to {target}')}\n{escape(told)}</title>"]
    found.append(
        f'<rect x="{x + 1:.0f}" y="{y + 1:.0f}" width="{CELL - 2}" height="{height - 2:.0f}" fill="{fill}" stroke="{ink}" stroke-width="0.6"/>'
    )
    for index, (status, ports, _reason) in enumerate(shown):
        found.append(_text(x + 6, y + 16 + LINE * index, f"{STYLES[status][2]} {_cut(ports)}", STYLES[status][1]))
    if len(shown) < len(flows):
        found.append(_text(x + 6, y + 16 + LINE * len(shown), f"\u2026 {len(flows) - len(shown)} more", ink))
    return "".join([*found, "</g>"])


def _cut(text: str) -> str:
    most = int((CELL - 12) / LETTER) - 2
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"


def _verdicts(proofs: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for proof in proofs:
        if proof["holds"]:
            yield f"{STYLES['equal'][2]} {proof['statement']}", STYLES["equal"][1]
        else:
            yield f"{STYLES['excess'][2]} BROKEN: {proof['statement']} {len(proof['violations'])} found.", STYLES["excess"][1]
