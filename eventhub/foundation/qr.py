"""QR codes as pictures that a finger can be held on, to save them or have them read."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(1024)
def picture_of(text: str) -> str:
    """The code of what everybody may read, kept for the next reader."""
    return drawn(text)


def drawn(text: str) -> str:
    """The code of a text as the address of a picture, empty where none can hold it; what is private is not kept."""
    import segno  # here: only a few pages show one

    try:
        # One mask for all: to find the best takes three quarters of the time that a code takes.
        code = segno.make(text, error="m", micro=False, boost_error=False, mask=3)
    except segno.DataOverflowError:
        return ""
    return str(code.png_data_uri(scale=5, border=4))
