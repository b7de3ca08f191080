"""How uploads arrive: in memory, within a quota, and never unencrypted on disk.

Django itself does not limit the size of files, and writes larger ones to the temporary folder.
"""

from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

# All files in one request together; Telnyx accepts two of 5 MB.
QUOTA = 10 * 1024 * 1024
# Up to this size a request is read to its end, but not kept, so that the form itself can say what is wrong.
# A longer one is not read at all.
MOST_TO_READ = 45_000_000


class Oversized(InMemoryUploadedFile):
    """A file that was dropped because it went over the quota. It is empty, but knows its size."""


class Quota(FileUploadHandler):
    """Keep files in memory up to the quota; for one that goes over it, keep only its size."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Refuse a hopeless request before reading any of it. Raise RequestDataTooBig, which is answered with 413."""
        if content_length > MOST_TO_READ:
            raise RequestDataTooBig("the upload is far larger than anything this desk accepts")
        self.left = QUOTA

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content: BytesIO | None = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.content is None:
            return
        if start + len(raw_data) > self.left:
            self.content = None
        else:
            self.content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        kept = self.content
        self.left -= file_size if kept is not None else 0
        kind = InMemoryUploadedFile if kept is not None else Oversized
        content = kept if kept is not None else BytesIO()
        content.seek(0)
        return kind(
            file=content,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type or "",
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
