"""How uploads arrive: in memory, within a quota for each file, and never unencrypted on disk.

Django itself does not limit the size of files, and writes larger ones to the temporary folder.
"""

from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from . import preflight

# Up to this size a request is read to its end, but not kept, so that the form itself can say what is wrong.
# A longer one is not read at all.
MOST_TO_READ = 45_000_000


class Oversized(InMemoryUploadedFile):
    """A file that was dropped because it went over its quota. It is empty, but knows its size and how it started."""

    start = b""


class Quota(FileUploadHandler):
    """Keep each file in memory up to the size of what it seems to be; of one that is larger, keep only size and start.

    Strangers may not send that much (config.middleware), nor anybody more than two files.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Refuse a hopeless request before reading any of it. Raise RequestDataTooBig, which is answered with 413."""
        if content_length > MOST_TO_READ:
            raise RequestDataTooBig("the upload is far larger than anything this desk accepts")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content: BytesIO | None = BytesIO()
        self.start = b""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.content is None:
            return
        self.start = self.start or raw_data[:16]
        if start + len(raw_data) > preflight.most_bytes(self.start):
            self.content = None
        else:
            self.content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        about: dict[str, Any] = {
            "field_name": self.field_name,
            "name": self.file_name,
            "content_type": self.content_type or "",
            "size": file_size,
            "charset": self.charset,
            "content_type_extra": self.content_type_extra,
        }
        if self.content is None:
            dropped = Oversized(file=BytesIO(), **about)
            dropped.start = self.start
            return dropped
        self.content.seek(0)
        return InMemoryUploadedFile(file=self.content, **about)
