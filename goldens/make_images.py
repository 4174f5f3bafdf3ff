"""Small image files of unusual kinds, by the libraries that people use, and what Pillow makes of each.

Writes numbers/decode/: the files; pixels.json; and, where ../shared is, odd.json for the valid files of data/odd. The reference is
`ImageOps.exif_transpose(image).convert('RGB')`; of 16-bit gray, which Pillow clips, the upper 8 bits. AVIF is decoded by another
decoder than Pillow's, so that its pixels are told by the means of 8 by 8 cells. Besides requirements.txt it needs Debian's
libavif-bin 0.11.1 and libjpeg-turbo-progs 2.1.5. Of its files animated.avif alone holds the time at which it was made.

    python make_images.py
"""

import hashlib
import io
import json
import struct
import subprocess
import time
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageOps

OUT = Path(__file__).parent / "numbers" / "decode"
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
WIDTH, HEIGHT = 13, 9
rng = np.random.default_rng(20)

ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]
RGB = np.clip(np.stack([COLUMNS * 19, ROWS * 28, COLUMNS * ROWS * 2], -1) + rng.integers(-20, 20, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
RGB[2:6, 8:11] = [250, 30, 200]
GRAY = RGB[..., 0].copy()
ALPHA = (COLUMNS * 21 % 256).astype(np.uint8)
ALPHA[:, :3] = 0
RGBA = np.dstack([RGB, ALPHA])
IMAGE = Image.fromarray(RGB)
NEGATIVE = ImageOps.invert(IMAGE)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def save(name, image, **options):
    image.save(OUT / name, **options)


def write_tiffs():
    def tiff(name, array, photometric, **options):
        tifffile.imwrite(OUT / f"{name}.tif", array, photometric=photometric, metadata=None, **options)

    tiff("rgb", RGB, "rgb")
    tiff("rgb-lzw", RGB, "rgb", compression="lzw", predictor=True)
    tiff("rgb-planes", np.moveaxis(RGB, -1, 0).copy(), "rgb", planarconfig="separate")
    tiff("rgb-big", RGB, "rgb", bigtiff=True)
    tiff("rgb-pages", np.stack([RGB, 255 - RGB]), "rgb")
    tiff("rgb-orientation6", RGB, "rgb", extratags=[(274, 3, 1, 6, True)])
    tiff("rgba", RGBA, "rgb", extrasamples=["unassalpha"])
    tiff("rgb16", RGB.astype(np.uint16) * 251, "rgb")
    tiff("rgba16", RGBA.astype(np.uint16) * 251, "rgb", extrasamples=["unassalpha"])
    tiff("gray", GRAY, "minisblack")
    tiff("gray-alpha", np.dstack([GRAY, ALPHA]), "minisblack", extrasamples=["unassalpha"], planarconfig="contig")
    tiff("gray16", GRAY.astype(np.uint16) * 251, "minisblack")
    tiff("gray16-big-endian", GRAY.astype(np.uint16) * 251, "minisblack", byteorder=">")
    tiff("white", GRAY, "miniswhite")
    tiff("white16", GRAY.astype(np.uint16) * 251, "miniswhite")
    tiff("bilevel", GRAY > 90, "minisblack")
    tiff("palette", GRAY, "palette", colormap=rng.integers(0, 65535, (3, 256)).astype(np.uint16))
    inks = np.dstack([255 - RGB, ALPHA // 3])
    tiff("cmyk", inks, "separated")
    tiff("cmyk16", inks.astype(np.uint16) * 251, "separated")
    save("jpeg-in-tiff.tif", IMAGE, compression="jpeg")
    save("fax.tif", Image.fromarray(GRAY > 90), compression="group4")
    # Of these no library of ours makes a picture: they are refused.
    tiff("float16", (GRAY / 255).astype(np.float16), "minisblack")
    tiff("float32", (GRAY / 255).astype(np.float32), "minisblack")
    tiff("float32-to-255", GRAY.astype(np.float32), "minisblack")
    tiff("float32-rgb", (RGB / 255).astype(np.float32), "rgb")
    tiff("float64", (GRAY / 255).astype(np.float64), "minisblack")
    tiff("complex64", (GRAY / 255).astype(np.complex64), "minisblack")
    tiff("int8", (GRAY.astype(int) - 128).astype(np.int8), "minisblack")
    tiff("int16", (GRAY.astype(int) * 200 - 20000).astype(np.int16), "minisblack")
    tiff("int16-rgb", (RGB.astype(int) * 100).astype(np.int16), "rgb")
    tiff("int32", (GRAY.astype(int) * 200).astype(np.int32), "minisblack")
    tiff("uint32", GRAY.astype(np.uint32) * 16843009, "minisblack")
    tiff("uint32-rgb", RGB.astype(np.uint32) * 16843009, "rgb")
    tiff("lab", RGB, "cielab")
    tiff("lab16", RGB.astype(np.uint16) * 251, "cielab")
    tiff("icc-lab", RGB, "icclab")
    tiff("five-bands", np.dstack([RGB, RGB[..., :2]]), "minisblack", planarconfig="contig")
    save("ycbcr.tif", IMAGE.convert("YCbCr"))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, array, depth, color, before=b""):
    rows = b""
    for row in array:
        if depth == 16:
            packed = row.astype(">u2").tobytes()
        elif depth == 8:
            packed = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(value), f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            packed = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        rows += b"\0" + packed
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], depth, color, 0, 0, 0)
    data = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    (OUT / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def gray_profile(gamma):
    """A color profile for gray, with the tags that ICC.1 requires."""

    def padded(data):
        return data + b"\0" * (-len(data) % 4)

    tags = {
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)),
        b"cprt": b"text\0\0\0\0\0",
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 1) + b"\0" * 79,
    }
    table, data, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(data), len(value))
        data += padded(value)
    header = bytearray(128)
    struct.pack_into(">I4xI12s", header, 0, at + len(data), 0x02400000, b"mntrGRAYXYZ ")
    header[36:40] = b"acsp"
    struct.pack_into(">iii", header, 68, 63190, 65536, 54061)
    return bytes(header) + table + data


def write_pngs():
    save("gray-profile.png", Image.fromarray(GRAY), icc_profile=gray_profile(1.0))
    for depth in (1, 2, 4):
        png(f"gray{depth}", GRAY >> (8 - depth), depth, 0)
    png("gray16", GRAY.astype(np.uint16) * 251 + 7, 16, 0)
    png("gray-alpha16", np.dstack([GRAY, ALPHA]).astype(np.uint16) * 251 + 7, 16, 4)
    png("rgb16", RGB.astype(np.uint16) * 251 + 7, 16, 2)
    png("rgba16", RGBA.astype(np.uint16) * 251 + 7, 16, 6)
    png("gray16-transparent", GRAY.astype(np.uint16) * 257, 16, 0, chunk(b"tRNS", struct.pack(">H", int(GRAY[0, 0]) * 257)))
    png("rgb-transparent", RGB, 8, 2, chunk(b"tRNS", struct.pack(">HHH", 250, 30, 200)))
    png("rgb-gamma", RGB, 8, 2, chunk(b"gAMA", struct.pack(">I", 100000)))
    png("rgb-hdr", RGB, 8, 2, chunk(b"cICP", bytes([9, 16, 0, 1])))
    png("rgba-background", RGBA, 8, 6, chunk(b"bKGD", struct.pack(">HHH", 255, 0, 0)))
    save("gray-alpha.png", Image.fromarray(np.dstack([GRAY, ALPHA])))
    save("palette-transparent.png", IMAGE.quantize(13), transparency=bytes([0, 10, 255, 0, 128]), bits=4)
    for orientation in range(2, 9):
        save(f"orientation{orientation}.png", IMAGE, exif=exif(orientation))
    save("animated.png", IMAGE, save_all=True, append_images=[NEGATIVE], duration=100)
    save("animated-after-still.png", IMAGE, save_all=True, append_images=[NEGATIVE, ImageOps.flip(IMAGE)], duration=100, default_image=True)


def lzw(indices, bits):
    """Codes of one length, with a clear code before any would grow."""
    clear, codes = 1 << bits, []
    for i, index in enumerate(indices):
        codes += [clear] * (i % (clear - 2) == 0) + [int(index)]
    packed = sum(code << (bits + 1) * i for i, code in enumerate([*codes, clear + 1]))
    data = packed.to_bytes(((bits + 1) * (len(codes) + 1) + 7) // 8, "little")
    return bytes([bits]) + b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"


def gif(name, frames, canvas, palette, own=None, transparent=None, background=0):
    size = (len(palette) // 3).bit_length() - 2 if palette else 0
    data = b"GIF89a" + struct.pack("<HHBBB", *canvas, (0x80 | size) if palette else 0, background, 0) + (palette or b"")
    for left, top, indices in frames:
        if transparent is not None:
            data += b"\x21\xf9\x04" + struct.pack("<BHBB", 1 | 2 << 2, 10, transparent, 0)
        height, width = indices.shape
        flags = 0x80 | (len(own) // 3).bit_length() - 2 if own else 0
        data += b"\x2c" + struct.pack("<HHHHB", left, top, width, height, flags) + (own or b"") + lzw(indices.flatten(), 3)
    (OUT / f"{name}.gif").write_bytes(data + b";")


def write_gifs():
    flat = IMAGE.quantize(16)
    save("plain.gif", flat)
    save("transparent-interlaced.gif", flat, transparency=5, interlace=1)
    save("animated.gif", IMAGE, save_all=True, append_images=[NEGATIVE], duration=100, loop=0)
    colors, others = (bytes(rng.integers(0, 256, 24).tolist()) for _ in range(2))
    indices = (COLUMNS + ROWS)[:6, :9] % 8
    gif("transparent", [(0, 0, indices)], (9, 6), colors, transparent=6)
    gif("own-palette", [(0, 0, indices)], (9, 6), colors, own=others, transparent=6)
    gif("no-shared-palette", [(0, 0, indices)], (9, 6), None, own=others, transparent=6)
    gif("small-frame", [(3, 2, indices)], (WIDTH, HEIGHT), colors, background=5)
    gif("small-frame-transparent", [(3, 2, indices)], (WIDTH, HEIGHT), colors, transparent=2, background=5)
    gif("small-frame-own-palette", [(3, 2, indices), (0, 0, indices)], (WIDTH, HEIGHT), colors, own=others)
    gif("no-palette", [(0, 0, indices)], (9, 6), None)


def write_webps():
    rgba = Image.fromarray(RGBA)
    save("lossy.webp", IMAGE, quality=80)
    save("lossless.webp", IMAGE, lossless=True)
    save("alpha.webp", rgba, lossless=True, exact=True)
    save("alpha-lossy.webp", rgba, quality=80)
    for orientation in range(2, 9):
        save(f"orientation{orientation}.webp", IMAGE, lossless=True, exif=exif(orientation))
    save("alpha-orientation6.webp", rgba, lossless=True, exact=True, exif=exif(6))
    save("lossy-orientation7.webp", IMAGE, quality=80, exif=exif(7))
    save("animated.webp", IMAGE, save_all=True, append_images=[NEGATIVE], duration=100, lossless=True)
    save("animated-orientation6.webp", IMAGE, save_all=True, append_images=[NEGATIVE], duration=100, lossless=True, exif=exif(6))
    stream = io.BytesIO()
    Image.fromarray(RGBA[:6, :9]).save(stream, "WEBP", lossless=True, exact=True)
    coded = stream.getvalue()[12:]

    def three(value):
        return struct.pack("<I", value)[:3]

    frame = three(2) + three(1) + three(8) + three(5) + three(100) + b"\0" + coded
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x12\0\0\0" + three(WIDTH - 1) + three(HEIGHT - 1)
    body += b"ANIM" + struct.pack("<I", 6) + bytes([30, 20, 10, 255, 0, 0]) + (b"ANMF" + struct.pack("<I", len(frame)) + frame) * 2
    (OUT / "small-frame.webp").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def write_jpegs():
    save("subsampled.jpg", IMAGE, quality=90, subsampling=2)
    save("gray.jpg", Image.fromarray(GRAY))
    save("gray-orientation6.jpg", Image.fromarray(GRAY), exif=exif(6))
    save("rgb.jpg", IMAGE, quality=90, keep_rgb=True)
    save("progressive.jpg", IMAGE, progressive=True)
    save("two.mpo", IMAGE, save_all=True, append_images=[NEGATIVE])
    for orientation in (0, 3, 7, 9):
        save(f"orientation{orientation}.jpg", IMAGE, quality=90, exif=exif(orientation))
    inks = Image.fromarray(np.dstack([255 - RGB, ALPHA // 3]), "CMYK")
    save("cmyk.jpg", inks, quality=90)
    save("cmyk-progressive.jpg", inks, quality=90, progressive=True)
    save("cmyk-orientation6.jpg", inks, quality=90, exif=exif(6))
    data = (OUT / "cmyk.jpg").read_bytes()
    adobe = data.index(b"\xff\xee")
    end = adobe + 2 + struct.unpack(">H", data[adobe + 2 : adobe + 4])[0]
    (OUT / "cmyk-unmarked.jpg").write_bytes(data[:adobe] + data[end:])
    (OUT / "ycck.jpg").write_bytes(data[: end - 1] + b"\2" + data[end:])
    stream = io.BytesIO()
    IMAGE.save(stream, "PPM")
    for name, factors in {"440": "1x2", "411": "4x1", "3x1": "3x1,1x1,1x1", "2x2-1x2": "2x2,1x2,1x2", "luma": "1x1,2x2,2x2"}.items():
        command = ["cjpeg", "-quality", "90", "-sample", factors]
        (OUT / f"sampled-{name}.jpg").write_bytes(subprocess.run(command, input=stream.getvalue(), capture_output=True, check=True).stdout)
    coded = subprocess.run(["cjpeg", "-arithmetic"], input=stream.getvalue(), capture_output=True, check=True).stdout
    (OUT / "arithmetic.jpg").write_bytes(coded)
    (OUT / "lossless.jpg").write_bytes(imagecodecs.jpeg8_encode(RGB, lossless=True))
    (OUT / "twelve-bits.jpg").write_bytes(imagecodecs.jpeg8_encode(RGB.astype(np.uint16) * 16, level=90, bitspersample=12))


def write_avifs():
    larger = Image.fromarray(np.kron(RGB, np.ones((4, 4, 1), np.uint8))[:35, :51])
    for kind in ("444", "422", "420", "400"):
        save(f"yuv{kind}.avif", larger, subsampling=":".join(kind), quality=80)
    save("limited.avif", larger, range="limited", quality=80)
    save("alpha.avif", Image.fromarray(RGBA).resize((51, 35), 0), quality=90)
    save("animated.avif", larger, save_all=True, append_images=[ImageOps.invert(larger)], duration=100)
    for orientation in (2, 5, 7, 8):
        save(f"orientation{orientation}.avif", larger, quality=80, exif=exif(orientation))
    source = OUT / "larger.png"
    larger.save(source)
    for name, options in {
        "ten-bits": ["-d", "10"],
        "ten-bits-422": ["-d", "10", "-y", "422"],
        "twelve-bits": ["-d", "12"],
        "gray-ten-bits": ["-d", "10", "-y", "400"],
        "identity": ["--cicp", "1/13/0"],
        "hdr": ["--cicp", "9/16/9"],
        "turned": ["--irot", "1"],
        "mirrored-turned": ["--imir", "1", "--irot", "3"],
        "aperture": ["--clap", "31,1,21,1,-4,1,2,1"],
        "aperture-turned": ["--clap", "31,1,21,1,-4,1,2,1", "--irot", "1"],
    }.items():
        subprocess.run(["avifenc", "-s", "8", *options, source, OUT / f"{name}.avif"], check=True, capture_output=True)
    source.unlink()


def write_others():
    pillow_heif.from_pillow(IMAGE.resize((64, 64))).save(OUT / "photo.heic", quality=50)
    save("photo.jp2", IMAGE)
    save("photo.ico", Image.fromarray(RGBA).resize((16, 16)))
    save("photo.ppm", IMAGE)
    save("photo.pdf", IMAGE, creationDate=time.gmtime(0), modDate=time.gmtime(0))
    (OUT / "photo.jxl").write_bytes(imagecodecs.jpegxl_encode(RGB, level=90))
    (OUT / "drawing.svg").write_text('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"/>\n')


def reference(path):
    """What Pillow makes of a file, [height][width][3]."""
    image = Image.open(path)
    try:
        image = ImageOps.exif_transpose(image)
    except ValueError:
        # Of metadata as text that Pillow can't read there is one file; it lies upright.
        assert path.name == "paris_icc_exif_xmp.png"
    if not image.mode.startswith("I;16"):
        return np.asarray(image.convert("RGB"))
    high = (np.asarray(image) >> 8).astype(np.uint8)
    # Pillow does not know that 0 is white in 16 bits; in 8 it does.
    if path.suffix == ".tif" and tifffile.TiffFile(path).pages[0].photometric == 0:
        high = 255 - high
    return np.repeat(high[..., None], 3, 2)


def cut_like(header, pixels):
    """Pillow does not cut to the clean aperture, and turns what it has: the aperture's corner and size, turned as well."""
    left, top, width, height, quarters = header
    return np.rot90(np.rot90(pixels, -quarters)[top : top + height, left : left + width], quarters)


APERTURES = {"aperture.avif": (6, 9, 31, 21, 0), "aperture-turned.avif": (6, 9, 31, 21, 1)}


def cells(pixels):
    """Means of 8 by 8 cells, [8][8][3]."""
    return [[np.round(cell.mean((0, 1)), 2).tolist() for cell in np.array_split(rows, 8, 1)] for rows in np.array_split(pixels.astype(float), 8)]


def told(path):
    pixels = reference(path)
    if path.name in APERTURES:
        pixels = cut_like(APERTURES[path.name], pixels)
    size = {"width": pixels.shape[1], "height": pixels.shape[0]}
    if path.suffix == ".avif":
        return {**size, "cells": cells(pixels)}
    return {**size, "sha256": hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()}


# Refused in both, and what a refusal names.
REFUSED = {
    "float16.tif": "floating point", "float32.tif": "floating point", "float32-to-255.tif": "floating point",
    "float32-rgb.tif": "floating point", "float64.tif": "floating point", "complex64.tif": "complex",
    "int8.tif": "signed", "int16.tif": "signed", "int16-rgb.tif": "signed", "int32.tif": "signed",
    "uint32.tif": "32 bits", "uint32-rgb.tif": "32 bits", "lab.tif": "L*a*b*", "lab16.tif": "L*a*b*", "icc-lab.tif": "L*a*b*",
    "five-bands.tif": "5 channels", "ycbcr.tif": "YCbCr", "no-palette.gif": "without a palette", "twelve-bits.jpg": "12 bits",
    "photo.heic": "HEIC", "photo.jp2": "JPEG 2000", "photo.ico": "ICO", "photo.ppm": "PNM", "photo.pdf": "PDF",
    "photo.jxl": "JPEG XL", "drawing.svg": "SVG",
}  # fmt: skip


def write_json(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")).replace('},"', '},\n"') + "\n")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for write in (write_tiffs, write_pngs, write_gifs, write_webps, write_jpegs, write_avifs, write_others):
        write()
    files = sorted(path for path in OUT.iterdir() if path.suffix != ".json")
    write_json(OUT / "pixels.json", {f.name: {"refused": REFUSED[f.name]} if f.name in REFUSED else told(f) for f in files})
    if SHARED.exists():
        rows = [line.split(",") for line in (SHARED / "manifest.csv").read_text().splitlines() if line.startswith("odd,")]
        valid = [row[1] for row in rows if row[2] in ("decode", "decode-first-frame")]
        write_json(OUT / "odd.json", {path: told(SHARED / path) for path in valid})
