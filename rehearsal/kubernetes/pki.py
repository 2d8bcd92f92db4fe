# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates and keys of one control plane."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 365
# Certificate name and user of every client, as Kubernetes' own roles expect them, and its group.
CLIENTS = {
    "admin": ("rehearsal-admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", None),
    "kube-scheduler": ("system:kube-scheduler", None),
    "kwok": ("rehearsal-nodes", "system:masters"),
}
FRONT_PROXY = "front-proxy-client"

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Authority:
    """What certificates are signed with."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make(directory: Path, service_address: str) -> None:
    """Write into `directory` for each name a `.crt` and a `.key`: ca, apiserver (valid for 127.0.0.1 and `service_address`),
    the clients, front-proxy-ca and front-proxy-client, stand-in (signed by itself), and the pair of keys of service accounts."""
    directory.mkdir(mode=0o700)
    root = authority(directory, "ca", "rehearsal")
    for name, (user, group) in CLIENTS.items():
        issue(directory, name, root, user, group)
    service = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    issue(directory, "apiserver", root, "kube-apiserver", names=("localhost", "127.0.0.1", service_address, *service))
    issue(directory, FRONT_PROXY, authority(directory, "front-proxy-ca", "front-proxy"), FRONT_PROXY)
    authority(directory, "stand-in", "stand-in")
    tokens = rsa.generate_private_key(public_exponent=65537, key_size=2048)  # EKS signs tokens with RS256
    _write_key(directory / "service-account.key", tokens)
    public = tokens.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (directory / "service-account.pub").write_bytes(public)


def authority(directory: Path, name: str, common_name: str) -> Authority:
    """A new authority, written as `<name>.crt` and `<name>.key`."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), _name(common_name)
    unsigned = _builder(subject, subject, key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = Authority(unsigned.sign(key, hashes.SHA256()), key)
    _write(directory, name, made.certificate, key)
    return made


def issue(directory: Path, name: str, root: Authority, user: str, group: str | None = None, *, names: Sequence[str] = ()) -> None:
    """A certificate, written as `<name>.crt` and `<name>.key`: that of a server if it has DNS names or addresses, else of a client."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
    unsigned = (
        _builder(_name(user, group), root.certificate.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), critical=False)
    )
    if names:
        unsigned = unsigned.add_extension(x509.SubjectAlternativeName([_general_name(each) for each in names]), critical=False)
    _write(directory, name, unsigned.sign(root.key, hashes.SHA256()), key)


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str, group: str | None = None) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write(directory: Path, name: str, certificate: x509.Certificate, key: _Key) -> None:
    (directory / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(directory / f"{name}.key", key)


def _write_key(path: Path, key: _Key) -> None:
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
