"""The proxies of deploy/, really run, with TLS by a self-made certificate, on free ports."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.serving import ROOT, stop
from tests.waiting import until

DEPLOY = ROOT / "deploy"
PROGRAMS = {
    "nginx": shutil.which("nginx", path="/usr/sbin:/usr/bin"),
    "caddy": shutil.which("caddy"),
}

NGINX = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    secure_port: int
    plain_port: int
    certificate: Path

    @property
    def address(self) -> str:
        return f"https://localhost:{self.secure_port}"


@contextmanager
def fronting(program: str, folder: Path, *, server_port: int) -> Iterator[Front]:
    """The proxy before a server that serves below /comics."""
    certificate, key = make_certificate(folder)
    front = Front(_free_port(), _free_port(), certificate)
    command = (_nginx if program == "nginx" else _caddy)(folder, front, key, server_port)
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "PATH": "/usr/sbin:/usr/bin"}
    process = subprocess.Popen(
        [str(PROGRAMS[program]), *command], cwd=folder, env=environment, text=True
    )
    try:
        until(lambda: process.poll() is not None or _answers(front), f"{program} to listen")
        assert process.poll() is None, f"{program} ended with {process.returncode}"
        yield front
    finally:
        stop(process)


def _nginx(folder: Path, front: Front, key: Path, server_port: int) -> list[str]:
    site = _changed(
        DEPLOY / "nginx.conf",
        {
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 80;": f"listen 127.0.0.1:{front.plain_port};",
            "listen 443 ssl": f"listen 127.0.0.1:{front.secure_port} ssl",
            "comics.example.org;": "localhost;",
            "127.0.0.1:8000": f"127.0.0.1:{server_port}",
            "/etc/letsencrypt/live/comics.example.org/fullchain.pem": str(front.certificate),
            "/etc/letsencrypt/live/comics.example.org/privkey.pem": str(key),
            "location / {": "location /comics/ {",
        },
    )
    (folder / "site.conf").write_text(site)
    # As root its workers become somebody else, who may not enter the tests' folder.
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user))
    return ["-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]


def _caddy(folder: Path, front: Front, key: Path, server_port: int) -> list[str]:
    site = _changed(
        DEPLOY / "Caddyfile",
        {
            "grace_period 5s": f"grace_period 1s\n\tadmin off\n\thttp_port {front.plain_port}",
            "comics.example.org {": f"localhost:{front.secure_port} {{\n"
            f"\ttls {front.certificate} {key}",
            "reverse_proxy 127.0.0.1:8000": f"reverse_proxy /comics/* 127.0.0.1:{server_port}",
        },
    )
    (folder / "Caddyfile").write_text(site)
    return ["run", "--config", "Caddyfile", "--adapter", "caddyfile"]


def _changed(file: Path, changes: Mapping[str, str]) -> str:
    """What is shipped, for this machine; each change has to find its place."""
    text = file.read_text()
    for shipped, here in changes.items():
        assert shipped in text, f"{file.name}: {shipped}"
        text = text.replace(shipped, here)
    return text


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """For localhost, signed by itself; the certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC) - timedelta(days=1)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _answers(front: Front) -> bool:
    context = ssl.create_default_context(cafile=front.certificate)
    try:
        with closing(socket.create_connection(("127.0.0.1", front.secure_port), 5)) as plain:
            context.wrap_socket(plain, server_hostname="localhost").close()
    except OSError:
        return False
    return True
