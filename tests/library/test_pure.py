import subprocess
import sys
from pathlib import Path

import library

PURE = ("archives", "metadata", "work")
PURE_MODULES = (
    "duplicates", "exceptions", "files", "keeping", "likeness", "naming", "renaming", "replacing",
    "same_names", "samples", "trash",
)  # fmt: skip


def test_the_pure_part_imports_without_django() -> None:
    root = Path(library.__file__).parent
    files = [path for package in PURE for path in (root / package).rglob("*.py")]
    files += [root / f"{name}.py" for name in PURE_MODULES]
    names = [
        ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in files
    ]
    code = (
        "import importlib, sys\n"
        "sys.modules['django'] = None\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "assert 'comicapi' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root.parent)
