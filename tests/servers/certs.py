"""Fixture `certs`: an authority (`ca`) and a server certificate it signed, so that TLS is verified in tests too.

`certs.ca`, `certs.cert`, `certs.key` are paths; `certs.other_ca` is an authority that signed nothing here;
`certs.server_context()` is for servers in this process.
"""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.process import binary, workdir


@dataclass(frozen=True, slots=True)
class Certs:
    ca: Path
    other_ca: Path
    cert: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


@pytest.fixture(scope="session")
def certs() -> Certs:
    return make_certs()


def make_certs() -> Certs:
    """A fresh authority and certificate, in a directory that is removed at exit."""
    openssl, here = binary("openssl"), workdir("certs")
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    made = Certs(here / "ca.pem", here / "other.pem", here / "cert.pem", here / "key.pem")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")

    def run(*arguments: object) -> None:
        subprocess.run([openssl, *map(str, arguments)], check=True, capture_output=True, cwd=here)

    for ca in (made.ca, made.other_ca):
        run("req", "-x509", *key, "-subj", f"/CN=maild test {ca.stem}", "-keyout", f"{ca}.key", "-out", ca)
    run("req", *key[:-2], "-subj", "/CN=localhost", "-keyout", made.key, "-out", "server.csr")
    (here / "names").write_text(names)
    run("x509", "-req", "-in", "server.csr", "-CA", made.ca, "-CAkey", f"{made.ca}.key", "-CAcreateserial",
        "-days", "30", "-extfile", "names", "-out", made.cert)  # fmt: skip
    return made
