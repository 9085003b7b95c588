"""Takes the pictures of docs/notices.md, of mails that a whole desk wrote.

    python -m tests.render.pictures [--to DIR]

Needs Chromium. A picture is kept with the 64 colours that it has most of: a mail has few.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

from tests.render.mails import mails
from tests.servers.chromium import Chromium
from tests.stories.links import html_of

PICTURES = Path(__file__).resolve().parent.parent.parent / "docs" / "pictures"
_SHOWN = (
    "acknowledgement", "answer", "closing-soon", "new-case", "reply", "note", "target-warning", "receipt",
)  # fmt: skip
_SCREENS = {
    "phone-light": (360, False, 1.5),
    "phone-dark": (360, True, 1.5),
    "desktop-light": (1200, False, 1),
    "desktop-dark": (1200, True, 1),
}
_COLOURS = 64
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def small(png: bytes) -> bytes:
    """The same picture with few colours (PNG 1.2: colour type 3)."""
    width, height, depth, lines = pixels(png)
    counted: Counter[bytes] = Counter()
    rows = [[line[at : at + 3] for at in range(0, len(line), depth)] for line in lines]
    for row in rows:
        counted.update(row)
    palette = [colour for colour, _ in counted.most_common(_COLOURS)]
    nearest = {colour: _nearest(colour, palette) for colour in counted}
    data = b"".join(b"\0" + bytes(nearest[colour] for colour in row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def pixels(png: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height, bytes of a pixel, and the lines, of a picture with eight bits a colour."""
    at, data, head = len(_SIGNATURE), b"", b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        head, data = (content if kind == b"IHDR" else head), (data + content if kind == b"IDAT" else data)
        at += length + 12
    width, height, bits, colours = struct.unpack(">IIBB", head[:10])
    if bits != 8 or colours not in (2, 6):
        raise ValueError("a browser's pictures have three or four bytes a pixel")
    depth = 3 if colours == 2 else 4
    raw, length, lines, above = zlib.decompress(data), width * depth, [], bytes(width * depth)
    for begin in range(0, len(raw), length + 1):
        above = _unfiltered(raw[begin], bytearray(raw[begin + 1 : begin + 1 + length]), above, depth)
        lines.append(above)
    return width, height, depth, lines


def _nearest(colour: bytes, palette: list[bytes]) -> int:
    return min(range(len(palette)), key=lambda n: sum((a - b) ** 2 for a, b in zip(colour, palette[n], strict=True)))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _unfiltered(kind: int, line: bytearray, above: bytes, depth: int) -> bytes:
    """A line as it was before it was written as what it differs by from its neighbours (PNG 1.2, 6)."""
    for n in range(len(line)) if kind else ():
        left = line[n - depth] if n >= depth else 0
        corner = above[n - depth] if n >= depth else 0
        guess = (0, left, above[n], (left + above[n]) // 2, _paeth(left, above[n], corner))[kind]
        line[n] = (line[n] + guess) & 0xFF
    return bytes(line)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda near: abs(guess - near))


def take(folder: Path) -> dict[str, int]:
    """Write all pictures; how large each is."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    with tempfile.TemporaryDirectory() as work, Chromium() as browser:
        written = mails(Path(work))
        for name in _SHOWN:
            for screen, (width, dark, scale) in _SCREENS.items():
                browser.show(html_of(written[name]), width=width, dark=dark, scale=scale)
                picture = small(browser.picture())
                (folder / f"{name}-{screen}.png").write_bytes(picture)
                sizes[f"{name}-{screen}"] = len(picture)
    return sizes


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.render.pictures", description=__doc__)
    options.add_argument("--to", type=Path, default=PICTURES, help="the folder that they are put into")
    wanted = options.parse_args()
    if shutil.which("chromium") is None:
        print("chromium is not installed; on Debian: apt install chromium", file=sys.stderr)
        return 1
    sizes = take(wanted.to)
    for name, size in sizes.items():
        print(f"{size / 1024:7.1f} KiB  {name}.png")
    print(f"{sum(sizes.values()) / 1024:7.1f} KiB  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
