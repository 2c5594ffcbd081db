"""What Django is told of a request's head: only what every reader understands in one way."""

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

Header = tuple[bytes, bytes]

_OCTETS = b"application/octet-stream"
_PARTS = b"multipart/form-data"
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_VALUE = rb"(?:" + _TOKEN + rb'|"[ !#-\[\]-~]*+")'
_TYPE = re.compile(rb"(" + _TOKEN + rb"/" + _TOKEN + rb")((?:[ \t]*+;[ \t]*+(?:" + _TOKEN + rb"=" + _VALUE + rb")?+)*+)")
_BOUNDARY = re.compile(rb"(?i);[ \t]*+boundary=(" + _VALUE + rb")")
_NOT_IN_AN_ADDRESS = re.compile(rb"[^!-~]")


def plain_head(scope: MutableMapping[str, Any], *, body_bytes: int) -> dict[str, Any]:
    """
    Return the scope with a head that can be misread by nobody.

    A header's name with an underscore goes, for the bridge to WSGI would take it for the one with a hyphen that a proxy sets; the
    length becomes the one that was received; the content type keeps no character set, for everything here is UTF-8.

    Args:
        scope: ASGI's description of the request.
        body_bytes: How much was received.

    Source: RFC 9110 §5.1, §8.3; RFC 9112 §6.
    """
    told = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    kept = [(name, value) for name, value in told if name not in (b"content-length", b"transfer-encoding", b"content-type")]
    types = [value for name, value in told if name == b"content-type"]
    headers = [*kept, (b"content-length", b"%d" % body_bytes)]
    if types:
        headers.append((b"content-type", plain_type(types)))
    return {**scope, "headers": headers, "query_string": plain_query(scope.get("query_string", b""))}


def plain_query(query: bytes) -> bytes:
    """Return a query in which every byte that may not stand in an address is written as %XX."""
    return _NOT_IN_AN_ADDRESS.sub(lambda found: b"%%%02X" % found[0][0], query)


def plain_type(values: Sequence[bytes]) -> bytes:
    """
    Return the media type, with a boundary where a form in parts names one and with no other parameter.

    Args:
        values: The content type as it was sent; more than one, or one of no known shape, is taken for octets.
    """
    found = _TYPE.fullmatch(values[0].strip(b" \t")) if len(values) == 1 else None
    if found is None:
        return _OCTETS
    kind, boundaries = found[1].lower(), _BOUNDARY.findall(found[2])
    if len(boundaries) > 1:
        return _OCTETS
    return b"%s; boundary=%s" % (kind, boundaries[0]) if kind == _PARTS and boundaries else kind


def boundary_in(kind: bytes) -> bytes:
    """
    Return the boundary of a form in parts, or nothing where a media type names none.

    Args:
        kind: From `plain_type`.
    """
    found = _BOUNDARY.search(kind)
    return found[1].strip(b'"') if found else b""
