"""What the files for production say: units, nginx, Dockerfile, compose and Kubernetes, read for the tests."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config.local.places import ROOT

UNITS = ROOT / "contrib" / "systemd"
NGINX = ROOT / "contrib" / "nginx" / "telnyx-desk.conf"
INSTALLED = "/opt/telnyx-desk/.venv/bin/"


def unit(name: str) -> dict[str, list[str]]:
    """Return what a unit says, every value of each key."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / f"telnyx-desk-{name}.service").read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def command(name: str, **changes: str) -> list[str]:
    """Return the command line of a unit, with the name of its module first and addresses of its own."""
    (line,) = unit(name)["ExecStart"]
    assert line.startswith(INSTALLED), line
    line = line.removeprefix(INSTALLED).replace("%i", "1").replace("%%", "%")
    for old, new in changes.items():
        assert old in line
        line = line.replace(old, new)
    return shlex.split(line)


def environment(name: str) -> dict[str, str]:
    """Return the variables that a unit sets."""
    return dict(pair.split("=", 1) for pair in unit(name).get("Environment", []))


def nginx() -> str:
    """Return the path of nginx, or skip if it isn't here, which CI does not accept."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("CI needs nginx for the tests of its configuration.")
    pytest.skip("nginx is not on this machine (Debian: apt-get install nginx-light)")


def site(folder: Path, *, tls: int, plain: int, web: int, webhooks: int) -> Path:
    """Write an nginx.conf around the site we ship, with ports and a certificate of its own; return its path.

    The sandbox speaks plain http alone, so on the port `plain` nginx passes everything on to the site by TLS.
    """
    certify(folder)
    text = NGINX.read_text()
    for old, new in (
        (r"listen \[::\].*;", ""),
        (r"/etc/letsencrypt/live/desk\.example\.com/", f"{folder}/"),
        (r"127\.0\.0\.1:8000\b", f"127.0.0.1:{web}"),
        (r"127\.0\.0\.1:8001\b", f"127.0.0.1:{webhooks}"),
        (r"/var/log/nginx/", f"{folder}/"),
    ):
        text, count = re.subn(old, new, text)
        assert count, old
    # The redirect to https needs port 80, which tests can't have.
    text, count = re.subn(r"server \{\s+listen 80;.*?\n\}\n", "", text, flags=re.S)
    assert count == 1
    text, count = re.subn(r"listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;", text)
    assert count == 1
    (folder / "site.conf").write_text(text)
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/start.log;\nevents {{}}\nhttp {{\n{temporary}"
        f"    include {folder}/site.conf;\n"
        f"    server {{\n        listen 127.0.0.1:{plain};\n        access_log off;\n"
        f"        client_max_body_size 20m;\n        location / {{\n            proxy_set_header Host $http_host;\n"
        f"            proxy_pass https://127.0.0.1:{tls};\n        }}\n    }}\n}}\n"
    )
    return folder / "nginx.conf"


def certify(folder: Path) -> None:
    """Make a certificate of this machine that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def check_nginx(conf: Path) -> None:
    """Let nginx itself read a configuration; fail with what it says."""
    done = subprocess.run([nginx(), "-t", "-c", str(conf)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with their arguments, lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M).replace("\\\n", " ")
    lines = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, " ".join(rest.split())) for word, _, rest in lines]


def compose() -> dict[str, Any]:
    """Return compose.yaml, with its anchors resolved."""
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def kubernetes() -> Iterator[dict[str, Any]]:
    """Yield every object of contrib/kubernetes."""
    for path in sorted((ROOT / "contrib" / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())
