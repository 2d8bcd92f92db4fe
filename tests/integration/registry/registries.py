# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real registry on this machine, and images to put there: what the machine needs for it, and what is told where it is missing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import ssl
import subprocess
import tarfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PROGRAMS = ("skopeo", "docker-registry")  # Debian packages of the same names; tests/tools/programs.sh installs them
MANIFEST, INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
NAME = "org.opencontainers.image.ref.name"
ADDRESS = "127.0.0.1"
LOGIN = b64encode(b"AWS:123456789012-auth-token").decode()  # that the emulated ECR gives
HTPASSWD = "AWS:$2b$04$PTaUDWR4Qq/9XfiCjKDVYeHlz1mUe4HLlUn1w.duJ6zJvcZiJAeOO\n"  # the same password, by bcrypt


def require_programs() -> None:
    """Skip the test where one is missing, and say how to get it; under CI that fails, since nobody reads what was skipped."""
    missing = " ".join(program for program in PROGRAMS if not shutil.which(program))
    if missing:
        problem = f"A real registry needs {missing}. As root on Debian or Ubuntu: apt-get install {missing}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(problem)


@dataclass(frozen=True)
class Registry:
    """``certificate`` is its own, ``authfile`` has the login that it asks for."""

    host: str
    certificate: Path
    authfile: Path

    def digest(self, repository: str, tag: str) -> str | None:
        """Of what a tag names; None for nothing."""
        connection = HTTPSConnection(self.host, timeout=10, context=ssl.create_default_context(cafile=str(self.certificate)))
        headers = {"Accept": f"{MANIFEST}, {INDEX}", "Authorization": f"Basic {LOGIN}"}
        try:
            connection.request("HEAD", f"/v2/{repository}/manifests/{tag}", headers=headers)
            return connection.getresponse().getheader("Docker-Content-Digest")
        finally:
            connection.close()

    def push(self, layout: Path, tag: str, repository: str) -> None:
        target = f"docker://{self.host}/{repository}:{tag}"
        command = ["skopeo", "copy", "--all", "--preserve-digests", "--authfile", str(self.authfile), f"oci:{layout}:{tag}", target]
        subprocess.run(command, check=True, capture_output=True)


def make_certificate(folder: Path) -> None:
    """``certificate.pem`` for the loopback address, which signs itself, and ``key.pem``."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(hours=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, plain))


@contextmanager
def registry(folder: Path, name: str, *, open_to_all: bool) -> Iterator[Registry]:
    """On the loopback address, with TLS by the certificate in the folder, and with a login unless it is open to all."""
    with socket.socket() as free:
        free.bind((ADDRESS, 0))
        host = f"{ADDRESS}:{free.getsockname()[1]}"
    certificate, authfile, passwords = folder / "certificate.pem", folder / f"{name}-auth.json", folder / "htpasswd"
    authfile.write_text(json.dumps({"auths": {host: {"auth": LOGIN}}}))
    passwords.write_text(HTPASSWD)
    settings = {
        "version": "0.1", "storage": {"filesystem": {"rootdirectory": str(folder / name)}},
        "http": {"addr": host, "tls": {"certificate": str(certificate), "key": str(folder / "key.pem")}},
        **({} if open_to_all else {"auth": {"htpasswd": {"realm": name, "path": str(passwords)}}}),
    }  # fmt: skip
    (folder / f"{name}.yml").write_text(json.dumps(settings))
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(folder / f"{name}.yml")], stdout=log, stderr=log)
    try:
        _wait_for(host, folder / f"{name}.log")
        yield Registry(host, certificate, authfile)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(host: str, log: Path) -> None:
    for _try in range(200):
        try:
            socket.create_connection((ADDRESS, int(host.rpartition(":")[2])), 0.1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(log.read_text())


def make_layout(folder: Path, tag: str, *architectures: str) -> str:
    """An OCI layout with an image for one architecture or several. Answers the digest of what the tag names."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def add(content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content), **more}

    def image(architecture: str) -> dict[str, Any]:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo("architecture")
            entry.size = len(architecture)
            archive.addfile(entry, io.BytesIO(architecture.encode()))
        layer = add(gzip.compress(packed.getvalue(), mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
        rootfs = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(packed.getvalue()).hexdigest()}"]}
        config = add(_json({"architecture": architecture, "os": "linux", "rootfs": rootfs}), "application/vnd.oci.image.config.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        return add(_json(manifest), MANIFEST, platform={"architecture": architecture, "os": "linux"})

    images = [image(architecture) for architecture in architectures]
    named = images[0] if len(images) == 1 else add(_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}), INDEX)
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [{**named, "annotations": {NAME: tag}}]}))
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return str(named["digest"])


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
