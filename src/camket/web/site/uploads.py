"""The files of the contact form: taken into memory as they come in, as far as the limits go, and never onto a disk."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser

from camket.duties.intake import rules
from camket.policy.files import NAMELESS

AT_THE_END = "end"  # the form's last field: without it, the form was cut off on its way


class _Parts(MultiPartParser):
    """Read a form in parts without passing over a file in whose name nothing can be read: somebody chose it, and it would be lost unsaid."""

    def sanitize_file_name(self, file_name: str) -> str:
        """Return what Django leaves of a name, which drops every space but one; of a name of which nothing is left, one of ours."""
        return super().sanitize_file_name(" ".join(file_name.split())) or NAMELESS


class Uploads(FileUploadHandler):
    """Keep what is within the limits; of what is over them, keep only that it came, so that the page can say which file it was."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.sent: list[rules.SentFile] = []
        self.places: set[str] = set()  # names of the fields that files were given for
        self.is_cut = False
        self._is_in_parts = False
        self._chunks: list[bytes] = []
        self._size, self._before = 0, 0

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None) -> Any:  # noqa: N803  # Django's word
        """Read the form as we read it; asked once more, by that reader, leave it to it."""
        if self._is_in_parts:
            return None
        self._is_in_parts = True
        return _Parts(META, input_data, [self], encoding).parse()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.places.add(str(self.field_name))
        self._chunks, self._size = [], 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Hold a piece of the file, unless it is too much already."""
        self._size += len(raw_data)
        if self._is_over() or len(self.sent) >= rules.MOST_FILES:
            self._chunks = []
        else:
            self._chunks.append(raw_data)

    def file_complete(self, file_size: int) -> None:
        """End a file; it is kept here, and Django is given none."""
        chunks, self._chunks = self._chunks, []
        content = b"".join(chunks)
        self.sent.append(rules.SentFile(name=str(self.file_name), content=content if len(content) == self._size else b"", size=self._size))
        self._before += self._size

    def upload_interrupted(self) -> None:
        """Note that the body ended in the middle of a file."""
        if self._is_over():
            self.file_complete(self._size)  # of what was cut off because it is too much, that can be said
        self.is_cut = True

    def _is_over(self) -> bool:
        return self._size > rules.MOST_FILE_BYTES or self._before + self._size > rules.MOST_BYTES_OF_FILES

    def came_short(self, sent: QueryDict) -> bool:
        """
        Return whether a form that may bring files came without its end: then what came may be a part of what was chosen.

        Args:
            sent: What came beside them.
        """
        return self.is_cut or (self._is_in_parts and AT_THE_END not in sent)
