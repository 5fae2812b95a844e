"""Sealed files of a capture, in a folder or below an S3 prefix."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from warehouse.file_place import FilePlace

_NAME: Final = re.compile(
    r"(?:.*/)?(?P<name>(?P<dataset>[a-z_]+)/\d{4}-\d{2}-\d{2}/[^/]+\.parquet)"
)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file that was found, not read yet."""

    place: FilePlace
    path: str
    name: str  # from the dataset on, the same wherever the files are
    dataset: str
    size_bytes: int
    modified_ns: int

    def read(self) -> bytes:
        """All that is in it.

        Raises:
            OSError: This one file can not be read.
            TallyhouseError: The server that has the files can not be asked any more.
        """
        try:
            with self.place.filesystem.open_input_stream(self.path) as stream:
                content: bytes = stream.read()
        except OSError:
            self.place.ask()
            raise
        return content


def find_sealed_files(place: FilePlace, datasets: frozenset[str]) -> Iterator[SealedFile]:
    """Find the sealed files at a place, sorted by name.

    Args:
        place: A folder, or a prefix of S3.
        datasets: Names of the datasets; files of others are not found.

    Yields:
        One for each file. A folder that is not there has none.

    Raises:
        TallyhouseError: They can not be listed.
    """
    selector = fs.FileSelector(place.root, allow_not_found=True, recursive=True)
    with place.explained("The sealed files can not be listed."):
        found = place.filesystem.get_file_info(selector)
    for info in sorted(found, key=lambda info: str(info.path)):
        match = _NAME.fullmatch(info.path)
        if info.type == fs.FileType.File and match and match["dataset"] in datasets:
            yield SealedFile(
                place, info.path, match["name"], match["dataset"], info.size, info.mtime_ns or 0
            )


def decode_sealed(content: bytes, schema: pa.Schema) -> pa.Table:
    """The rows of a sealed file, with the declared columns.

    Args:
        content: All of the file.
        schema: Columns and types; times are plain UTC.

    Returns:
        A table of shape (rows of the file, columns of the schema).

    Raises:
        pyarrow.ArrowInvalid: It is no parquet file, or a value does not fit its column.
        KeyError: A column is missing.
    """
    table = pq.read_table(pa.BufferReader(content))
    return table.select(schema.names).cast(schema)


def hash_of(content: bytes) -> str:
    """What tells a file from another one of the same name and size."""
    return md5(content, usedforsecurity=False).hexdigest()
