"""A desk of 0.1.0 with invented data in every table, as README.md here says it was made."""

import gzip
import shutil
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
DUMP = HERE / "0.1.0.sql.gz"
DOCUMENTS = HERE / "documents-0.1.0"
# What Telnyx held then, as the sandbox keeps it.
TELNYX = HERE / "telnyx-0.1.0.json"
# The last migration that it has run of each app.
RELEASED = {"mirror": "0004", "messaging": "0001", "hosted": "0002", "tollfree": "0002"}


def load(database_url: str) -> None:
    """Fill an empty database."""
    with psycopg.connect(database_url.replace("postgres://", "postgresql://", 1), autocommit=True) as server:
        server.execute(gzip.decompress(DUMP.read_bytes()))


def copy_documents(folder: Path) -> None:
    """Make the folder DOCUMENTS_ROOT of that desk."""
    shutil.copytree(DOCUMENTS, folder)
    folder.chmod(0o700)
    for file in folder.iterdir():
        file.chmod(0o600)
