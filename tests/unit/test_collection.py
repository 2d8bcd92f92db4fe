# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the collection as a whole, whatever is added to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
ENGINE = PLUGINS / "module_utils/_engine"
LOCKS = ("requirements.txt", "requirements-dev.txt")


def read_yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def below(folder: Path, pattern: str = "*.py") -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def documents(node: ast.AST) -> bool:
    """Whether a statement is a docstring or one of the documentation blocks of a plugin."""
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Assign(targets=[ast.Name(id="DOCUMENTATION" | "EXAMPLES" | "RETURN")]):
            return True
    return False


def code_lines(path: Path) -> int:
    """Lines that are neither blank nor comment nor documentation."""
    text = path.read_text(encoding="utf-8")
    documentation = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.stmt) and documents(node)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate((line.strip() for line in text.splitlines()), start=1)
    return sum(bool(line) and not line.startswith("#") and number not in documentation for number, line in lines)


def most_code(path: Path) -> int:
    """How many lines of code the architecture allows the file: a module 60, a kind of resource 150, any other 250."""
    place = path.relative_to(PLUGINS).parts
    if place[0] == "modules":
        return 60
    return 150 if place[:2] == ("module_utils", "_aws") and len(place) > 3 else 250


def direct_requirements(names: Iterable[str]) -> set[str]:
    lines = [line for name in names for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return {match[0].lower() for line in lines if (match := re.match(r"[A-Za-z][\w.-]*", line))}


def test_action_group_has_the_modules_that_take_a_region() -> None:
    """A default for the group would be refused by a module that does not call AWS."""
    grouped = read_yaml("meta/runtime.yml")["action_groups"]["platform"]
    takers = [path.stem for path in below(PLUGINS / "modules") if "amazon.aws.region.modules" in path.read_text(encoding="utf-8")]
    assert grouped == sorted(takers)


def test_changelog_ends_with_the_version_of_galaxy_yml() -> None:
    version = read_yaml("galaxy.yml")["version"]
    releases = read_yaml("changelogs/changelog.yaml")["releases"]
    assert max(releases, key=lambda release: [int(part) for part in release.split(".")]) == version
    assert re.findall(r"^v([\d.]+)$", (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8"), re.MULTILINE)[0] == version


def test_sanity_has_nothing_to_ignore() -> None:
    assert [path for path in below(ROOT / "tests/sanity", "ignore*") if path.read_text(encoding="utf-8").strip()] == []


def test_plugins_are_namespace_packages() -> None:
    assert below(PLUGINS, "__init__.py") == []


def test_module_utils_import_statically() -> None:
    """AnsiballZ ships only what an import statement names."""
    dynamic = re.compile(r"\bimportlib\b|\b__import__\b|\bpkgutil\b")
    assert [path for path in below(PLUGINS / "module_utils") if dynamic.search(path.read_text(encoding="utf-8"))] == []


def test_engine_knows_no_cloud() -> None:
    sdk = re.compile(r"^\s*(?:from|import) (?:boto3|botocore|kubernetes|ansible)\b", re.MULTILINE)
    assert [path for path in below(ENGINE) if sdk.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", below(PLUGINS), ids=lambda path: str(path.relative_to(PLUGINS)))
def test_file_is_short(path: Path) -> None:
    assert code_lines(path) <= most_code(path)


def test_engine_is_small() -> None:
    assert sum(map(code_lines, below(ENGINE))) <= 600


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_hashes_and_no_place(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8"))
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert len(pinned) > 20
    assert [entry.splitlines()[0] for entry in pinned if not re.match(r"[\w.\[\],-]+==\S+ (;.*)?\\\n    --hash=sha256:", entry)] == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in", *LOCKS])
def test_requirements_name_no_index(name: str) -> None:
    """Whoever installs chooses the index or mirror."""
    assert re.findall(r"https?://\S+|^-(?:i|f)\b.*|^--(?!hash).*", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE) == []


def test_every_dependency_has_its_reason_in_the_docs() -> None:
    page = (ROOT / "docs/docsite/rst/dependencies.rst").read_text(encoding="utf-8").lower()
    reasons = set(re.findall(r"^   \* - ``([\w.-]+)", page, re.MULTILINE))
    assert reasons == direct_requirements(["requirements.in", "requirements-dev.in"])
