"""The files of the contact form: taken into memory as they come in, as far as the limits go, and never onto a disk."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, QueryDict

from camket.duties.intake import rules

AT_THE_END = "end"  # the form's last field: without it, the form was cut off on its way


class Uploads(FileUploadHandler):
    """Keep what is within the limits; of what is over them, keep only that it came, so that the page can say which file it was."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.sent: list[rules.SentFile] = []
        self.places: set[str] = set()  # names of the fields that files were given for
        self.is_cut = False
        self._chunks: list[bytes] = []
        self._size, self._before = 0, 0

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
        Return whether files came and the form's end did not: then what came may be a part of what was chosen.

        Args:
            sent: What came beside them.
        """
        return self.is_cut or (bool(self.places) and AT_THE_END not in sent)
