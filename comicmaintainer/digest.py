import hashlib
from pathlib import Path


def digest_of(folder: Path, *others: str) -> str:
    """A short name that changes with the content of the folder's files and with `others`."""
    digest = hashlib.sha256("\0".join(others).encode())
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
