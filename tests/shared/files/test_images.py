"""What is left of an image's metadata: how it is turned."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.files.images import THUMBNAIL, Damaged, cleaned, thumbnail
from tests.functions.files import samples

KINDS = {"image/jpeg": samples.jpeg, "image/png": samples.png, "image/webp": samples.webp}
EVERY = pytest.mark.parametrize("mime_type", KINDS)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@EVERY
@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_nothing_is_left_but_how_it_is_turned(mime_type, turned) -> None:
    before = KINDS[mime_type](told=True, orientation=turned)
    assert dict(opened(before).getexif().get_ifd(0x8825))
    after = cleaned(before, mime_type).content
    for told in (samples.REMARK, samples.CAMERA):
        assert told.encode() not in after
    image = opened(after)
    assert not image.getexif().get_ifd(0x8825)
    assert dict(image.getexif()) == ({} if turned == 1 else {0x0112: turned})
    assert not {"comment", "Comment", "Author", "Description", "xmp"} & image.info.keys()


@EVERY
def test_the_picture_is_the_same(mime_type) -> None:
    before = KINDS[mime_type](told=True, orientation=6)
    picture = cleaned(before, mime_type)
    assert opened(picture.content).tobytes() == opened(before).tobytes()
    assert (picture.width, picture.height) == opened(before).size
    assert opened(picture.content).info.get("icc_profile") == opened(before).info.get("icc_profile")


@EVERY
def test_one_without_metadata_stays_byte_for_byte(mime_type) -> None:
    content = KINDS[mime_type]()
    assert cleaned(content, mime_type).content == content


@EVERY
def test_cleaning_twice_changes_nothing(mime_type) -> None:
    once = cleaned(KINDS[mime_type](told=True, orientation=8), mime_type).content
    assert cleaned(once, mime_type).content == once


@pytest.mark.parametrize("mime_type", ["image/jpeg", "image/png"])
def test_one_that_breaks_off_is_damaged(mime_type) -> None:
    content = KINDS[mime_type]()
    for end in range(2, len(content) - 1, 7):
        with pytest.raises(Damaged):
            cleaned(content[:end], mime_type)


@EVERY
@given(at=st.integers(0, 400), value=st.integers(0, 255))
def test_no_byte_makes_it_fail_otherwise(mime_type, at, value) -> None:
    content = bytearray(KINDS[mime_type](told=True, orientation=3))
    content[at % len(content)] = value
    try:
        picture = cleaned(bytes(content), mime_type)
    except Damaged:
        return
    assert cleaned(picture.content, mime_type).content == picture.content


def test_a_thumbnail_is_small_upright_and_tells_nothing() -> None:
    big = cleaned(samples.jpeg((2000, 1000), told=True, orientation=6), "image/jpeg").content
    small = thumbnail(big)
    assert small is not None
    image = opened(small)
    assert image.format == "JPEG"
    assert image.size == (THUMBNAIL[0] // 2, THUMBNAIL[1])
    assert not image.getexif()


def test_a_thumbnail_of_what_one_sees_through_is_on_white() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(made, "PNG")
    small = thumbnail(made.getvalue())
    assert small is not None
    assert min(opened(small).getpixel((5, 5))) > 250


def test_a_bomb_is_not_decoded() -> None:
    made = io.BytesIO()
    Image.new("1", (9000, 9000)).save(made, "PNG")
    assert len(made.getvalue()) < 20_000
    assert thumbnail(made.getvalue()) is None


@pytest.mark.parametrize("content", [b"", samples.jpeg()[:200], samples.pdf(), b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_no_thumbnail_of_what_is_no_image(content) -> None:
    assert thumbnail(content) is None
