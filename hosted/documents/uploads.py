"""How uploads arrive: in memory, within a quota, and never in clear on the disk.

Django puts no limit on the size of files by itself, and writes larger ones to the folder of temporary files.
"""

from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

# All files of one request together; Telnyx takes two of 5 MB.
QUOTA = 10 * 1024 * 1024
# Up to here a request is read to its end, but not kept, so that the form can say what is wrong in its own words.
# Nothing of a longer one is read.
MOST_TO_READ = 45_000_000


class Oversized(InMemoryUploadedFile):
    """A file that was not kept because it went over the quota. It is empty, but knows its size."""


class Quota(FileUploadHandler):
    """Keep files in memory up to the quota; of the one that goes over it, keep nothing but its size."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Refuse a hopeless request before any of it is read. Raises RequestDataTooBig, which is answered with 413."""
        if content_length > MOST_TO_READ:
            raise RequestDataTooBig("the upload is far larger than anything this desk takes")
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
