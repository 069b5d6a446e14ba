"""Pictures: each becomes two small ones of our own making, and nothing tells where it came from."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from eventhub.foundation import pictures
from eventhub.foundation.errors import Invalid
from tests.documents import PICTURE_BOMBS, header_of_png, pdf, picture


def developed(data: bytes) -> tuple[Image.Image, Image.Image]:
    """The large and the small picture."""
    large, small = pictures.develop(io.BytesIO(data))
    return Image.open(io.BytesIO(large)), Image.open(io.BytesIO(small))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def colour(image: Image.Image, at: tuple[float, float]) -> str:
    """What is seen at a place in a picture, given in parts of its sides."""
    red, green, blue = image.getpixel((int(at[0] * image.width), int(at[1] * image.height)))  # type: ignore[misc]
    if min(red, green, blue) > 240:
        return "white"
    return "red" if red > blue else "blue"


def sides(image: Image.Image) -> list[str]:
    return [colour(image, (x, 0.5)) for x in (0.2, 0.8)]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"),
        ("WEBP", "RGBA"), ("JPEG", "L"), ("PNG", "1"), ("PNG", "LA"), ("PNG", "I;16"),
    ],
)  # fmt: skip
def test_every_picture_becomes_two_small_ones(kind, mode):
    large, small = developed(picture(kind, (1600, 1200), mode))
    assert [(image.format, image.mode, image.size) for image in (large, small)] == [
        ("JPEG", "RGB", (800, 600)),
        ("JPEG", "RGB", (200, 200)),
    ]
    if mode in {"RGB", "RGBA", "P", "CMYK"}:
        assert sides(large) == sides(small) == ["red", "blue"]


def test_a_small_picture_is_not_blown_up_and_a_narrow_one_is_still_a_picture():
    assert developed(picture(size=(120, 90)))[0].size == (120, 90)
    assert developed(picture(size=(4000, 3)))[0].size == (800, 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_clear_lies_on_white_paper(kind):
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 400, 200))
    large, _ = developed(saved(image, kind))
    assert [colour(large, (0.5, y)) for y in (0.2, 0.8)] == ["red", "white"]


BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P")])
def test_a_picture_stands_upright_however_the_camera_was_held(turn, kind, mode):
    upright = Image.open(io.BytesIO(picture("PNG", (400, 300)))).convert(mode)
    held = upright.transpose(BACK[turn]) if turn in BACK else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    large, _ = developed(saved(held, kind, exif=exif))
    assert (large.size, sides(large)) == ((400, 300), ["red", "blue"])


def test_nothing_tells_where_and_by_what_a_picture_was_taken():
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    exif[0x8825] = {1: "N", 2: (39.0, 54.0, 0.0), 29: "SECRET"}
    profile = b"SECRET profile" + b"\0" * 200
    data = picture(size=(900, 700), exif=exif, comment=b"SECRET comment", xmp=b"<x>SECRET</x>", icc_profile=profile)
    assert data.count(b"SECRET") >= 4
    for kept in pictures.develop(io.BytesIO(data + b"SECRET behind the end")):
        assert b"SECRET" not in kept
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(Image.open(io.BytesIO(kept)).info)


@pytest.mark.filterwarnings("ignore::UserWarning")  # which is all that Pillow makes of it
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0nonsense",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\x01\x0f\0\x02\xff\xff\xff\xff\0\0\0\0",
    ],
)
def test_what_a_camera_wrote_wrong_spoils_no_picture(exif):
    assert developed(picture(exif=exif))[0].size == (300, 200)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html>", pdf(), picture("GIF"), picture("TIFF"),
        picture()[:500], header_of_png(300, 200), b"\xff\xd8\xff\xe0" + b"\0" * 100, b"RIFF\0\0\0\0WEBPVP8 ",
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Invalid, match="send a JPEG, PNG or WebP"):
        pictures.develop(io.BytesIO(data))


@pytest.mark.parametrize("name", PICTURE_BOMBS)
def test_a_picture_too_large_to_be_looked_at_is_refused_by_its_first_bytes(name):
    data = PICTURE_BOMBS[name]()
    begun = time.perf_counter()
    with pytest.raises(Invalid, match="too many pixels"):
        pictures.develop(io.BytesIO(data))
    assert time.perf_counter() - begun < 2


def test_a_photograph_as_cameras_take_them_is_no_bomb():
    begun = time.perf_counter()
    assert developed(picture("JPEG", (8064, 6048), quality=50))[0].size == (800, 600)
    assert time.perf_counter() - begun < 5
