"""Files as people attach them, each the least that is of its kind, and forms in parts that bring them."""

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_BOUNDARY = "----camket-boundary-7f3a"


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PNG = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + _chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
PNG += _chunk(b"IEND", b"")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TEXT = "Máy chủ báo lỗi lúc 9 giờ sáng.\r\nXin xem giúp.\n".encode()


class File(NamedTuple):
    """A file that somebody attaches: what they call it, what is in it, and for which field."""

    name: str
    content: bytes
    field: str = "attachment"


def padded(content: bytes, length: int) -> bytes:
    """Return something of a kind, as long as is asked for."""
    return content + b"\n" * (length - len(content))


def in_parts(values: Mapping[str, Any], files: Iterable[File], *, ends: bool = True) -> tuple[bytes, str]:
    """
    Return a form in parts as a browser sends it, and its content type: what was typed, then files, then the field at the end.

    Args:
        values: What is typed, by name; several under one name where they are in a list.
        files: In their order.
        ends: Whether the form's end comes with it.
    """
    last = {"end": values["end"]} if "end" in values and ends else {}
    typed = {name: value for name, value in values.items() if name != "end"}
    parts = [_text(name, one) for name, value in typed.items() for one in _several(value)]
    parts += [_file(one) for one in files]
    parts += [_text(name, value) for name, value in last.items()]
    mark = f"--{_BOUNDARY}\r\n".encode()
    body = b"".join(mark + part + b"\r\n" for part in parts) + f"--{_BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={_BOUNDARY}"


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _text(name: str, value: Any) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def _file(one: File) -> bytes:
    quoted = one.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'Content-Disposition: form-data; name="{one.field}"; filename="{quoted}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return head.encode() + one.content
