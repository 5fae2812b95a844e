"""Sealed files of a capture, in a folder or below an S3 prefix."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from warehouse.errors import TallyhouseError

_NAME: Final = re.compile(
    r"(?:.*/)?(?P<name>(?P<dataset>[a-z_]+)/\d{4}-\d{2}-\d{2}/[^/]+\.parquet)"
)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file that was found, not read yet."""

    system: Any
    path: str
    name: str  # from the dataset on, the same wherever the files are
    dataset: str
    size_bytes: int
    modified_ns: int

    def read(self) -> bytes:
        """All that is in it."""
        with self.system.open_input_stream(self.path) as stream:
            content: bytes = stream.read()
        return content


def find_sealed_files(place: Path | str, datasets: frozenset[str]) -> Iterator[SealedFile]:
    """Find the sealed files below a folder or an address, sorted by name.

    Args:
        place: A local folder, or an address that pyarrow knows, such as `s3://bucket/prefix`.
        datasets: Names of the datasets; files of others are not found.

    Yields:
        One for each file. A folder that is not there has none.

    Raises:
        TallyhouseError: The address can not be read.
    """
    try:
        if isinstance(place, Path):
            system, root = fs.LocalFileSystem(), str(place)
        else:
            system, root = fs.FileSystem.from_uri(place)
        found = system.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True))
    except (OSError, pa.ArrowInvalid) as error:
        raise TallyhouseError(
            f"SOURCES__SPINNER__SEALED_URL: the sealed files can not be listed: {error}"
        ) from error
    for info in sorted(found, key=lambda info: str(info.path)):
        match = _NAME.fullmatch(info.path)
        if info.type == fs.FileType.File and match and match["dataset"] in datasets:
            yield SealedFile(
                system, info.path, match["name"], match["dataset"], info.size, info.mtime_ns or 0
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
