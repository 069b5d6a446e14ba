"""Pictures: whatever somebody sends becomes two small ones of our own making, and nothing else of it is kept."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from flask_babel import gettext

from .errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

MEDIA_TYPE = "image/jpeg"
# The longest side of the picture, and both sides of the square one that stands beside names; in pixels.
LARGE, SMALL = 800, 200
MOST_SIDE = 20_000
# What decoding may take, and what a pixel takes of it: measured. A JPEG is read at an eighth of its size, unless
# it is a progressive one; transparent pixels are there twice while they are made smaller.
MOST_MEMORY = 96_000_000
_PLAIN_JPEG, _PROGRESSIVE_JPEG, _OPAQUE_PNG, _CLEAR_PNG, _WEBP = 1, 6, 4, 8, 15
_PAPER = (255, 255, 255)
# How a camera was held (Exif 2.32, tag 274), and what brings its picture upright.
_ORIENTATION = 0x0112
_TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE",
    8: "ROTATE_90",
}  # fmt: skip
# A face is in the upper part of a portrait.
_CENTRE = (0.5, 0.35)


def develop(file: BinaryIO) -> tuple[bytes, bytes]:
    """A JPEG, PNG or WebP upright as two JPEGs, the large and the small, without any metadata.

    Raises Invalid, in words, where it is no such picture, or one too large to be looked at.
    """
    # Here: readers' processes need no decoders. The three modules are named so that Pillow does not load all others.
    from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    file.seek(0)
    try:
        with Image.open(file, formats=("JPEG", "PNG", "WEBP")) as picture:
            _check_size(picture)
            picture.draft("RGB", (LARGE, LARGE))
            large: Image.Image = picture if picture.mode in {"RGB", "RGBA"} else _in_colour(picture)
            large.thumbnail((LARGE, LARGE), reducing_gap=2.0)
            large = _on_paper(_upright(large))
            small = ImageOps.fit(large, (SMALL, SMALL), centering=_CENTRE)
            return _printed(large), _printed(small)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:  # whatever a broken or hostile picture makes its decoder say
        text = gettext("This is not a picture that can be shown. Please send a JPEG, PNG or WebP.")
        raise Invalid("file", text) from error


def _check_size(picture: Image.Image) -> None:
    """Refuse by the first bytes, before anything is decoded."""
    width, height = picture.size
    if max(width, height) > MOST_SIDE or width * height * _bytes_a_pixel(picture) > MOST_MEMORY:
        raise _too_large()


def _bytes_a_pixel(picture: Any) -> int:
    if picture.format == "WEBP":
        return _WEBP
    if picture.format == "PNG":
        # Pillow's own word for it may decode the picture.
        return _CLEAR_PNG if "A" in picture.mode or "transparency" in picture.info else _OPAQUE_PNG
    return _PROGRESSIVE_JPEG if picture.info.get("progressive") else _PLAIN_JPEG


def _too_large() -> Invalid:
    text = gettext("This picture has too many pixels. Please make it smaller: %(side)s a side are plenty.", side=2000)
    return Invalid("file", text)


def _in_colour(picture: Image.Image) -> Image.Image:
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _upright(picture: Image.Image) -> Image.Image:
    from PIL import Image  # here, as above

    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - what cameras write is often broken, and then nobody knows how they were held
        return picture
    return picture.transpose(Image.Transpose[turn]) if turn else picture


def _on_paper(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    from PIL import Image  # here, as above

    paper = Image.new("RGB", picture.size, _PAPER)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _printed(picture: Image.Image) -> bytes:
    from PIL import Image  # here, as above

    # Only the pixels go over: no place, no camera, no comment, no profile.
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    return out.getvalue()
