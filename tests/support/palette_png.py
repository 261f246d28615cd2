"""Screenshots of few colours: a quarter of what a browser writes, and needing no library.

The browser reads its own picture and numbers the colours; the standard library packs it.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Final

from playwright.sync_api import Page

COLOURS: Final = 40
"""Pages have a dozen; the rest is the edges of letters."""
NUMBERED: Final = """async ([picture, most]) => {
    const read = await fetch("data:image/png;base64," + picture);
    const drawn = await createImageBitmap(await read.blob());
    const pen = new OffscreenCanvas(drawn.width, drawn.height).getContext("2d");
    pen.drawImage(drawn, 0, 0);
    const pixels = new Uint32Array(pen.getImageData(0, 0, drawn.width, drawn.height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
    const parts = pixel => [pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255];
    const often = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most);
    const palette = often.map(([pixel]) => parts(pixel));
    const far = (a, b) => a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0);
    const number = new Map([...counts.keys()].map(pixel => {
        const distances = palette.map(known => far(known, parts(pixel)));
        return [pixel, distances.indexOf(Math.min(...distances))];
    }));
    const letters = [];
    for (let at = 0; at < pixels.length; at += 32768)
        letters.push(String.fromCharCode(...Array.from(pixels.subarray(at, at + 32768),
            pixel => number.get(pixel))));
    return [drawn.width, drawn.height, palette.flat(), btoa(letters.join(""))];
}"""


def reduced(page: Page, picture: bytes) -> bytes:
    """Return a PNG with its most frequent colours alone.

    Args:
        page: Any open page; it is only asked to count.
        picture: A PNG.
    """
    told = [base64.b64encode(picture).decode(), COLOURS]
    width, height, palette, numbers = page.evaluate(NUMBERED, told)
    pixels = base64.b64decode(numbers)
    # Each line says that it is stored as it is: flat colours pack best so.
    lines = b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", bytes(palette))
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
