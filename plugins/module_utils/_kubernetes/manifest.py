# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests as they are declared: read from YAML, checked for what needs no server, and brought into the form that is applied."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

try:
    import yaml
except ImportError:  # connection.py reports that kubernetes is missing, which brings it
    pass

from .._engine.errors import PlanError
from .resource_type import GroupKind

SOURCE = re.compile(r"(?:---\s+)?# Source: (?P<source>.+)")
API_VERSION = re.compile(r"(?:(?P<group>[a-z0-9]([a-z0-9.-]*[a-z0-9])?)/)?(?P<version>v[0-9][a-z0-9]*)")
# A name is a segment of a path. What else a kind wants of its names, only the server knows.
NAME = re.compile(r"(?!\.\.?$)[^/%\s]{1,253}")
QUOTED = re.compile(r"(?<=')[^']{2,}(?=')")  # in a parser's message: a piece of the text, which may be of a secret
# What the server writes. Exported manifests have it, and an apply is refused or confused by it.
WRITTEN_BY_SERVER = ("creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


@cache
def _loader() -> Any:
    """YAML as Kubernetes reads it: a key twice is an error, and a date is text."""
    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(safe):
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's name for it
            first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in safe.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[Any] = set()
            for key, _value in node.value:
                if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands there twice", key.start_mark)
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    return Loader


@dataclass(frozen=True, kw_only=True)
class Document:
    """One mapping from a source, and where it stands, for messages: ``files/web.yml, document 2``."""

    content: Any
    source: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One object to be applied. ``body`` holds nothing that the server writes, no nulls, and no ``stringData``."""

    body: Mapping[str, Any]
    source: str

    @property
    def group(self) -> str:
        return str(self.body["apiVersion"]).rpartition("/")[0]

    @property
    def version(self) -> str:
        return str(self.body["apiVersion"]).rpartition("/")[2]

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str | None:
        return self.body["metadata"].get("namespace")

    @property
    def label(self) -> str:
        return f"{self.kind} {f'{self.namespace}/' if self.namespace else ''}{self.name}"


def read_yaml(text: str, source: str) -> list[Document]:
    """All documents of a text. Raises ``PlanError`` with the place of a syntax error, and quotes none of the text: it may be a secret."""
    try:
        found = list(yaml.load_all(text, Loader=_loader()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise PlanError(f"{source}{place}: this is not YAML: {QUOTED.sub('...', str(error.problem))}") from None
    except yaml.YAMLError as error:
        raise PlanError(f"{source}: this is not YAML: {type(error).__name__}") from None
    return [Document(content=each, source=f"{source}, document {number}") for number, each in enumerate(found, start=1) if each is not None]


def documents_of(definitions: Iterable[Any]) -> list[Document]:
    """Definitions as a task gives them: mappings, lists of them, or text in YAML, which may begin with its source as Helm's does."""
    found: list[Document] = []
    for number, each in enumerate(definitions, start=1):
        source = f"definitions[{number}]"
        if isinstance(each, str):
            named = SOURCE.match(each)
            found += read_yaml(each, named["source"] if named else source)
        else:
            found += [Document(content=inner, source=source) for inner in (each if isinstance(each, list) else [each])]
    return found


def read_manifests(documents: Iterable[Document]) -> list[Manifest]:
    """Raises ``PlanError`` with everything that is wrong with any of them."""
    manifests: list[Manifest] = []
    problems: list[str] = []
    for each in _unrolled(documents):
        found = list(_problems(each.content))
        problems += [f"{_called(each)}: {problem}" for problem in found]
        if not found:
            manifests.append(Manifest(body=_normal(each.content), source=each.source))
    if problems:
        raise PlanError.of(problems)
    return manifests


def _unrolled(documents: Iterable[Document]) -> Iterator[Document]:
    """The items of a ``List`` in its place."""
    for each in documents:
        content = each.content
        if isinstance(content, Mapping) and str(content.get("kind", "")).endswith("List") and isinstance(content.get("items"), list):
            yield from _unrolled(
                Document(content=item, source=f"{each.source}, item {number}") for number, item in enumerate(content["items"], start=1)
            )
        else:
            yield each


def _called(document: Document) -> str:
    """The object's name as far as it has one, and where it stands."""
    content = document.content
    metadata = content.get("metadata") if isinstance(content, Mapping) else None
    if not isinstance(metadata, Mapping) or not metadata.get("name") or not content.get("kind"):
        return document.source
    namespace = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{content['kind']} {namespace}{metadata['name']} ({document.source})"


def _problems(content: Any) -> Iterator[str]:
    if not isinstance(content, Mapping):
        yield f"a manifest is a mapping, this is a {type(content).__name__}"
        return
    if not API_VERSION.fullmatch(str(content.get("apiVersion", ""))):
        yield f"apiVersion: {content['apiVersion']!r} is no version such as v1 or apps/v1" if content.get("apiVersion") else "apiVersion is missing"
    if not isinstance(content.get("kind"), str) or not content["kind"]:
        yield "kind is missing"
    metadata = content.get("metadata")
    if not isinstance(metadata, Mapping):
        yield "metadata is missing"
        return
    yield from _metadata_problems(metadata)
    if content.get("kind") == "Secret" and content.get("apiVersion") == "v1":
        yield from _secret_problems(content)


def _metadata_problems(metadata: Mapping[str, Any]) -> Iterator[str]:
    name = metadata.get("name")
    if not name and metadata.get("generateName"):
        yield "metadata.generateName makes another object with every run; give it a metadata.name"
    elif not name:
        yield "metadata.name is missing"
    for field in ("name", "namespace"):
        value = metadata.get(field)
        if value and not (isinstance(value, str) and NAME.fullmatch(value)):
            yield f"metadata.{field}: {value!r} is no name; put it in quotes if it is a number"
    for field in ("labels", "annotations"):
        values = metadata.get(field) or {}
        if not isinstance(values, Mapping):
            yield f"metadata.{field} is a mapping, this is a {type(values).__name__}"
            continue
        for key, value in values.items():
            if value is not None and not isinstance(value, str):
                yield f"metadata.{field}.{key}: {value!r} is no text; put it in quotes"


def _secret_problems(content: Mapping[str, Any]) -> Iterator[str]:
    """Without the values."""
    for field in ("data", "stringData"):
        values = content.get(field) or {}
        if not isinstance(values, Mapping):
            yield f"{field} is a mapping, this is a {type(values).__name__}"
            continue
        for key, value in values.items():
            if value is not None and not isinstance(value, str):
                yield f"{field}.{key} is no text; put it in quotes"
            elif field == "data" and value and not _is_base64(value):
                yield f"data.{key} is no base64; give plain text in stringData"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return False
    return True


def _normal(content: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = _without_nulls(content)
    body["metadata"] = {key: value for key, value in body["metadata"].items() if key not in WRITTEN_BY_SERVER}
    if body["kind"] == "Secret" and body["apiVersion"] == "v1" and "stringData" in body:
        # The server never answers stringData, so it could not be compared.
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in body.pop("stringData").items()}
        body["data"] = {**body.get("data", {}), **encoded}
    return body


def _without_nulls(value: Any) -> Any:
    """A field that is null is unset, as everywhere in Kubernetes' API; to an apply it would be a value."""
    if isinstance(value, Mapping):
        return {str(key): _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
