"""What is fetched over TLS: only from whom a name belongs to, and from the address that was looked at."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eventhub.foundation import fetching
from eventhub.foundation.fetching import Fetched, Unfetched, admitting, fetch
from tests.sites import Site, say

from .test_fetching import names  # noqa: F401 - a fixture

HOST = "feeds.example.org"
CALENDAR = Fetched(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
Key = ec.EllipticCurvePrivateKey


class Authority:
    """Somebody who vouches for hosts."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        own = self._begun(self._name, self._key, 1).add_extension(basic, critical=True)
        own = own.add_extension(usage, critical=True)
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certify(self, host: str, *, days: int = 1) -> Path:
        """The file of a host's key and certificate, which is valid for so many days from yesterday."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        made = self._begun(x509.Name([]), key, days)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        made = made.add_extension(signer, critical=False)
        file = self._folder / f"{host}-{days}.key.pem"
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        file.write_bytes(key.private_bytes(pem, form, plain) + made.sign(self._key, hashes.SHA256()).public_bytes(pem))
        return file

    def _begun(self, subject: x509.Name, key: Key, days: int) -> x509.CertificateBuilder:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        made = x509.CertificateBuilder(issuer_name=self._name, subject_name=subject, public_key=key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(yesterday)
        return made.not_valid_after(yesterday + timedelta(days=1 + days) - timedelta(minutes=5))


class SecureSite(Site):
    """A web server that proves who it is, and notes by which name it was called."""

    def __init__(self, certificate: Path, address: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(address, port)
        self.called: list[str | None] = []
        self.server.handle_error = lambda *_: None  # whoever breaks off says why themselves
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _line, name, _context: self.called.append(name)
        # The handshake is the thread's: one that breaks off must not end the server.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The only one whom this machine trusts."""
    made = Authority(tmp_path, "trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return made


@pytest.fixture
def sites() -> Iterator[list[SecureSite]]:
    """Those that a test begins, and that end with it."""
    begun: list[SecureSite] = []
    yield begun
    for site in begun:
        site.close()


def test_a_host_is_called_by_its_name_at_the_address_that_was_looked_at(
    authority: Authority,
    sites: list[SecureSite],
    names: dict[str, list[list[str]]],  # noqa: F811 - a fixture
) -> None:
    """What the name means a moment later has the same port and a certificate as good, and is never asked."""
    site = SecureSite(authority.certify(HOST), "127.0.0.2")
    other = SecureSite(authority.certify(HOST), "127.0.0.1", site.port)
    sites += [site, other]
    names[HOST] = [["127.0.0.2"], ["127.0.0.1"]]
    with admitting((HOST, site.port)):
        assert fetch(f"https://{HOST}:{site.port}/calendar.ics?key=secret") == CALENDAR
        assert (site.called, other.connections) == ([HOST], 0)
        assert [(one["path"], one["host"]) for one in site.requests] == [
            ("/calendar.ics?key=secret", f"{HOST}:{site.port}")
        ]
        # By `webcal` and a post too, where the name means now.
        assert fetch(f"webcal://{HOST}:{site.port}/again") == CALENDAR
        assert fetching.post(f"https://{HOST}:{site.port}/hook", b"{}", {}).status == 200
    assert [one["path"] for one in other.requests] == ["/again", "/hook"]
    assert (len(site.requests), other.called, other.bodies) == (1, [HOST, HOST], [b"{}"])


def test_a_usual_port_is_not_named(
    authority: Authority,
    sites: list[SecureSite],
    names: dict[str, list[list[str]]],  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sites.append(site := SecureSite(authority.certify(HOST)))
    names[HOST] = [["127.0.0.1"]]
    connect = fetching._connected
    monkeypatch.setattr(fetching, "_connected", lambda address, _, seconds: connect(address, site.port, seconds))
    with admitting((HOST, 443)):
        assert fetch(f"webcal://{HOST}/calendar.ics") == CALENDAR
    assert [one["host"] for one in site.requests] == [HOST]


@pytest.mark.parametrize(
    ("host", "days", "signer"),
    [("other.example.org", 1, "trusted"), (HOST, 1, "stranger"), (HOST, 0, "trusted"), ("*.org", 1, "trusted")],
    ids=["of another host", "of a stranger", "run out", "of too many hosts"],
)
def test_who_does_not_prove_the_name_is_told_nothing(
    authority: Authority,
    sites: list[SecureSite],
    names: dict[str, list[list[str]]],  # noqa: F811 - a fixture
    tmp_path: Path,
    host: str,
    days: int,
    signer: str,
) -> None:
    by = authority if signer == "trusted" else Authority(tmp_path, signer)
    site = SecureSite(by.certify(host, days=days))
    sites.append(site)
    names[HOST] = [["127.0.0.1"]]
    with admitting((HOST, site.port)):
        with pytest.raises(Unfetched, match="untrusted"):
            fetch(f"https://{HOST}:{site.port}/calendar.ics?key=secret")
        with pytest.raises(Unfetched, match="untrusted"):
            fetching.post(f"https://{HOST}:{site.port}/hook?key=secret", b"{}", {})
    assert (site.connections, site.requests) == (2, [])


def test_an_inner_address_is_not_called_however_good_its_certificate(
    authority: Authority,
    sites: list[SecureSite],
    names: dict[str, list[list[str]]],  # noqa: F811 - a fixture
) -> None:
    site = SecureSite(authority.certify(HOST))
    sites.append(site)
    names[HOST] = [["127.0.0.1"]]
    for ask in (fetch, lambda at: fetching.post(at, b"{}", {})):
        with pytest.raises(Unfetched, match="forbidden"):
            ask(f"https://{HOST}:{site.port}/")
    assert site.connections == 0


def test_nothing_that_is_secret_is_led_on_in_clear(
    authority: Authority,
    sites: list[SecureSite],
    names: dict[str, list[list[str]]],  # noqa: F811 - a fixture
) -> None:
    """Nor does who speaks no TLS hear anything."""
    site, plain = SecureSite(authority.certify(HOST)), Site()
    sites.append(site)
    names[HOST] = [["127.0.0.1"]]

    def lead_on(handler: Any) -> None:
        say(handler, 302, Location=f"http://{HOST}:{plain.port}/?key=secret")

    site.answer = lead_on
    with admitting((HOST, site.port), (HOST, plain.port)):
        with pytest.raises(Unfetched, match="forbidden"):
            fetch(f"https://{HOST}:{site.port}/?key=secret")
        assert plain.connections == 0
        with pytest.raises(Unfetched, match="unreachable"):
            fetch(f"https://{HOST}:{plain.port}/?key=secret")
    assert plain.requests == []
    plain.server.shutdown()
    plain.server.server_close()
