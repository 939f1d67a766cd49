"""Certificates of the test's own: an authority, and servers whom it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    AuthorityKeyIdentifier,
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    DNSName,
    GeneralName,
    IPAddress,
    KeyUsage,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    SubjectKeyIdentifier,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

from services.engines.certificates import AUTHORITY, AUTHORITY_KEY, YEAR
from services.engines.deployment import TLS
from services.files import private_folder, write_whole

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Vouches for servers; `file` is what a client trusts."""

    key: EllipticCurvePrivateKey
    certificate: Certificate
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def server(self, *names: str, until: timedelta = DAY) -> SSLContext:
        """What a server needs that has these names or addresses."""
        key = generate_private_key(SECP256R1())
        others = SubjectAlternativeName([_named(name) for name in names])
        usage = _may(digital_signature=True)
        issuer = AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            _builder(names[0], self.certificate.subject, key, until)
            .add_extension(others, critical=False)
            .add_extension(usage, critical=True)
            .add_extension(issuer, critical=False)
            .sign(self.key, SHA256())
        )
        chain = self.folder / f"{names[0]}.pem"
        chain.write_bytes(_pem(key) + certificate.public_bytes(Encoding.PEM))
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def authority(folder: Path) -> Authority:
    folder.mkdir(exist_ok=True)
    key = generate_private_key(SECP256R1())
    subject = Name([NameAttribute(NameOID.COMMON_NAME, "The test's own")])
    usage = _may(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder("The test's own", subject, key, DAY)
        .add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    one = Authority(key, certificate, folder)
    one.file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return one


def made_beforehand(folder: Path) -> None:
    """What `deploy/make-secrets` keeps if it is there, and else has `openssl` make: an authority,
    and a certificate for each engine, for as long.
    """
    private_folder(folder)
    with TemporaryDirectory() as place:
        ours = authority(Path(place))
        write_whole(folder / AUTHORITY, ours.file.read_text())
        write_whole(folder / AUTHORITY_KEY, _pem(ours.key).decode())
        for file, names in TLS.items():
            ours.server(*names, until=YEAR * DAY)
            write_whole(folder / file, (ours.folder / f"{names[0]}.pem").read_text())


def _builder(
    name: str, issuer: Name, key: EllipticCurvePrivateKey, until: timedelta
) -> CertificateBuilder:
    now = datetime.now(UTC)
    return (
        CertificateBuilder()
        .subject_name(Name([NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(now - 2 * DAY)
        .not_valid_after(now + until)
    )


def _may(**what: bool) -> KeyUsage:
    nothing = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return KeyUsage(**{**nothing, **what})


def _named(name: str) -> GeneralName:
    try:
        return IPAddress(ip_address(name))
    except ValueError:
        return DNSName(name)


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
