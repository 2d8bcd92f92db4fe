# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to the API server: what is asked again, what is counted, and what a user is told of failures. Its answers are scripted."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import Configuration
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import MaxRetryError, NewConnectionError

from ansible_collections.fintech.platform.plugins.module_utils._kubernetes import api as api_module
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.api import Api
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.errors import ApiError, Refused, Unreachable
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.resource_type import ResourceType

CONFIG_MAP = ResourceType(group="", version="v1", kind="ConfigMap", plural="configmaps", namespaced=True)
ROLE = ResourceType(group="rbac.authorization.k8s.io", version="v1", kind="ClusterRole", plural="clusterroles", namespaced=False)
BODY = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "shop"}}


class Pool:
    """Gives the scripted answers one after the other: ``(status, body)``, with headers, or an exception."""

    def __init__(self, *answers: Any) -> None:
        self.answers: list[Any] = list(answers)
        self.requests: list[tuple[str, str, dict[str, Any]]] = []

    def request(self, method: str, url: str, **options: Any) -> Any:
        self.requests.append((method, url.removeprefix("https://api.test"), options))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = (*answer, {})[:3]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return SimpleNamespace(status=status, data=data, reason="a reason", headers=HTTPHeaderDict(headers))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "PAUSES", (0.0,) * 3)


def made(*answers: Any, **settings: Any) -> tuple[Api, Pool]:
    pool = Pool(*answers)
    configuration: Any = Configuration(host="https://api.test/")
    for name, value in settings.items():
        setattr(configuration, name, value)
    client = SimpleNamespace(configuration=configuration, rest_client=SimpleNamespace(pool_manager=pool))
    return Api(client, way_in="Use the VPN.", headers=[("Impersonate-Group", "a"), ("Impersonate-Group", "b")]), pool


def conflict(**details: Any) -> tuple[int, Any]:
    return 409, {"reason": "Conflict", "message": "the object has been modified", "details": details}


def test_apply_names_the_manager_and_validates_strictly() -> None:
    api, pool = made((201, BODY), (200, BODY))
    assert api.apply(CONFIG_MAP, BODY, dry_run=True).new
    assert not api.apply(CONFIG_MAP, BODY, force=True).new
    (method, url, options), (_method, forced, _options) = pool.requests
    path = "/api/v1/namespaces/shop/configmaps/one?fieldManager=fintech.platform&fieldValidation=Strict"
    assert (method, url, forced) == ("PATCH", f"{path}&force=false&dryRun=All", f"{path}&force=true")
    assert options["headers"]["Content-Type"] == "application/apply-patch+yaml"
    assert options["headers"].getlist("Impersonate-Group") == ["a", "b"]
    assert api.calls == {"dry_run": 1, "change": 1}


def test_names_with_colons_and_without_namespace() -> None:
    api, pool = made((200, {}))
    api.apply(ROLE, {"metadata": {"name": "system:team:view"}})
    assert pool.requests[0][1].startswith("/apis/rbac.authorization.k8s.io/v1/clusterroles/system:team:view?")


def test_what_passes_is_tried_again_and_what_stays_is_not() -> None:
    unknown = 404, {"message": "the server could not find the requested resource", "details": {}}
    api, pool = made(conflict(), unknown, (200, BODY))
    assert api.apply(CONFIG_MAP, BODY).body == BODY
    assert len(pool.requests) == 3
    owned = conflict(causes=[{"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using v1', "field": ".data.a"}])
    api, pool = made(owned)
    with pytest.raises(ApiError) as refused:
        api.apply(CONFIG_MAP, BODY)
    assert refused.value.is_field_conflict
    api, pool = made((404, {"details": {"kind": "namespaces", "name": "shop"}}))
    with pytest.raises(ApiError) as refused:
        api.apply(CONFIG_MAP, BODY)
    assert refused.value.missing_namespace == "shop"
    api, pool = made(*[conflict()] * 4)
    with pytest.raises(ApiError, match="the object has been modified"):
        api.apply(CONFIG_MAP, BODY)
    assert pool.answers == []


def test_list_goes_on_to_the_last_page_and_says_what_its_items_are() -> None:
    one, two = ({"metadata": {"name": name}} for name in ("one", "two"))
    api, pool = made((200, {"items": [one], "metadata": {"continue": "next"}}), (200, {"items": [two], "metadata": {}}))
    found = api.read(CONFIG_MAP, "shop", selector="a=b", fields="type=Warning")
    assert [(each["apiVersion"], each["kind"], each["metadata"]["name"]) for each in found] == [
        ("v1", "ConfigMap", "one"),
        ("v1", "ConfigMap", "two"),
    ]
    assert [url for _method, url, _options in pool.requests] == [
        "/api/v1/namespaces/shop/configmaps?limit=500&labelSelector=a%3Db&fieldSelector=type%3DWarning",
        "/api/v1/namespaces/shop/configmaps?limit=500&labelSelector=a%3Db&fieldSelector=type%3DWarning&continue=next",
    ]


def test_what_is_not_served_any_more_has_no_objects() -> None:
    api, _pool = made((404, {"message": "not found"}), (404, {"message": "not found"}), (200, {"items": None, "metadata": {}}))
    assert (api.read(CONFIG_MAP), api.get(CONFIG_MAP, "shop", "one"), api.read(CONFIG_MAP)) == ([], None, [])


@pytest.mark.parametrize("status", [404, 409])
def test_deletion_is_of_this_very_object(status: int) -> None:
    api, pool = made((200, {}), (status, {"message": "gone, or another one"}), (403, {"message": "forbidden"}))
    live = {"metadata": {"name": "one", "namespace": "shop", "uid": "u"}}
    api.delete(CONFIG_MAP, live)
    api.delete(CONFIG_MAP, live, dependents_first=True)
    bodies = [json.loads(options["body"]) for _method, _url, options in pool.requests]
    assert bodies == [{"propagationPolicy": policy, "preconditions": {"uid": "u"}} for policy in ("Background", "Foreground")]
    with pytest.raises(ApiError, match="forbidden"):
        api.delete(CONFIG_MAP, live)


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"api_key": {"authorization": "Bearer abc"}}, "Bearer abc"),
        ({"api_key": {"BearerToken": "abc"}}, "Bearer abc"),
        ({"username": "ann", "password": "pw"}, "Basic YW5uOnB3"),
        ({}, None),
    ],
)
def test_credentials(settings: dict[str, Any], header: str | None) -> None:
    api, pool = made((200, {}), **settings)
    api.get(CONFIG_MAP, "shop", "one")
    assert pool.requests[0][2]["headers"].get("Authorization") == header


def test_token_is_renewed_by_the_configuration() -> None:
    def renew(configuration: Any) -> None:
        configuration.api_key = {"authorization": f"Bearer {next(tokens)}"}

    tokens = iter("ab")
    api, pool = made((200, {}), (200, {}), refresh_api_key_hook=renew)
    for _time in range(2):
        api.get(CONFIG_MAP, "shop", "one")
    assert [options["headers"]["Authorization"] for _method, _url, options in pool.requests] == ["Bearer a", "Bearer b"]


def test_credentials_that_are_refused() -> None:
    api, _pool = made((401, {"message": "Unauthorized"}))
    with pytest.raises(
        Refused, match=r"^The Kubernetes API https://api\.test does not accept the credentials \(Unauthorized\)\. A token may have expired"
    ):
        api.get(CONFIG_MAP, "shop", "one")


def test_no_connection_says_how_to_get_one() -> None:
    reason = NewConnectionError(SimpleNamespace(), "[Errno 110] Connection timed out")  # type: ignore[arg-type]
    api, _pool = made(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]
    with pytest.raises(Unreachable) as failed:
        api.types()
    assert str(failed.value).endswith("[Errno 110] Connection timed out. Use the VPN.")
    assert str(failed.value).startswith("The Kubernetes API https://api.test cannot be reached: ")


def test_answer_that_is_no_json() -> None:
    api, _pool = made((502, b"<html>"))
    with pytest.raises(ApiError, match=r"502 a reason, and no JSON\. Is there another server at https://api\.test\?"):
        api.get(CONFIG_MAP, "shop", "one")


def test_remarks_of_changes_are_kept_once_with_the_object() -> None:
    remark = {"Warning": '299 - "spec.x: is \\"old\\", use y", 299 - "second"'}
    api, _pool = made((200, BODY, remark), (200, BODY, remark), (200, BODY, remark))
    api.apply(CONFIG_MAP, BODY, dry_run=True)
    api.apply(CONFIG_MAP, BODY)
    api.get(CONFIG_MAP, "shop", "one")
    assert list(api.warnings) == ['ConfigMap one: spec.x: is "old", use y', "ConfigMap one: second"]


def test_busy_server_is_asked_again_with_every_method() -> None:
    api, pool = made((200, {}))
    api.get(CONFIG_MAP, "shop", "one")
    retries = pool.requests[0][2]["retries"]
    assert all(retries.is_retry(method, status) for method in ("GET", "PATCH", "DELETE") for status in (429, 503))
    assert not retries.is_retry("PATCH", 500)
