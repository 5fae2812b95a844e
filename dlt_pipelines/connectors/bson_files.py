"""A mongodump folder: files of BSON documents end to end, plain or gzipped, in windows.

A document says its own length first, so windows are cut between documents without decoding them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from warehouse.errors import TallyhouseError

WINDOW_BYTES: Final = 16 * 1024 * 1024
"""How much is held at once, and at least one document (at most 16 MiB and a little)."""

_LARGEST: Final = WINDOW_BYTES + 16 * 1024
_SMALLEST: Final = 5
_LENGTH: Final = struct.Struct("<i")
_GZIP: Final = 31  # the number by which zlib means a gzip stream
_GZIP_CHUNK: Final = 1024 * 1024
_CUT: Final = "is cut or damaged inside the gzip stream, after the document that ends"


class DamagedFileError(TallyhouseError):
    """A file ends inside a document; what precedes it is whole."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole documents of a plain file, for whoever reads them."""

    path: Path
    offset: int
    length: int
    documents: int

    def read(self) -> bytes:
        """The documents, end to end."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


@dataclass(frozen=True, slots=True)
class Frames:
    """Whole documents that are already in memory."""

    content: bytes
    documents: int

    def read(self) -> bytes:
        """The documents, end to end."""
        return self.content


Page = Window | Frames


def find_dump_files(folder: Path, database: str) -> dict[str, list[Path]]:
    """The files of a dump, by collection.

    Args:
        folder: One dump, a folder of dumps, or the folder of one database.
        database: When a folder of this name is anywhere below, only such folders are read.

    Returns:
        Sorted paths by collection name.
    """
    paths = sorted(
        path
        for path in ([folder] if folder.is_file() else folder.rglob("*.bson*"))
        if path.is_file() and path.name.endswith((".bson", ".bson.gz"))
    )
    of_database = [path for path in paths if path.parent.name == database]
    files: dict[str, list[Path]] = {}
    for path in of_database or paths:
        files.setdefault(path.name.removesuffix(".gz").removesuffix(".bson"), []).append(path)
    return files


def read_windows(path: Path) -> Iterator[Page]:
    """Cut a file into windows of whole documents.

    Args:
        path: `.bson` or `.bson.gz`.

    Yields:
        Windows in file order. Those of a plain file carry no bytes, so that another process can
        read them.

    Raises:
        DamagedFileError: The file ends inside a document, or a length in it is impossible. All
            whole documents before that place were yielded.
    """
    is_gzipped = path.suffix == ".gz"
    position = 0
    rest = b""
    with path.open("rb") as file:
        chunks = _Gunzipped(file) if is_gzipped else _Plain(file)
        while True:
            chunk, damage = chunks.read()
            content = rest + chunk
            end, documents, is_possible = _whole_documents(content)
            if documents:
                if is_gzipped:
                    yield Frames(content[:end], documents)
                else:
                    yield Window(path, position, end, documents)
            position += end
            rest = content[end:]
            if damage or not is_possible or (rest and not chunk):
                what = damage or ("ends inside a document" if is_possible else "is damaged")
                raise DamagedFileError(
                    f"{path}: {what} at offset {position}; every document before it is landed. "
                    "Dump this collection again."
                )
            if not chunk:
                return


def count_documents(path: Path) -> int:
    """How many whole documents a file holds."""
    count = 0
    try:
        for window in read_windows(path):
            count += window.documents
    except DamagedFileError:
        return count
    return count


def frame_offsets(content: bytes) -> list[int]:
    """Where each document of a page begins, and where the last one ends."""
    offsets = [0]
    position, size, unpack = 0, len(content), _LENGTH.unpack_from
    while position < size:
        position += unpack(content, position)[0]
        offsets.append(position)
    return offsets


@dataclass(slots=True)
class _Plain:
    """Holds an open file."""

    file: BinaryIO

    def read(self) -> tuple[bytes, str]:
        """The next bytes, none at the end, and what is wrong with the file after them."""
        return self.file.read(WINDOW_BYTES), ""


@dataclass(slots=True)
class _Gunzipped:
    """Holds an open gzip file; unlike `gzip.open` it gives all that can be read of a cut one."""

    file: BinaryIO
    member: Any = field(default_factory=lambda: zlib.decompressobj(_GZIP))
    rest: bytes = b""

    def read(self) -> tuple[bytes, str]:
        """The next bytes, none at the end, and what is wrong with the file after them."""
        pieces: list[bytes] = []
        wanted = WINDOW_BYTES
        try:
            while wanted > 0:
                source = self.rest or self.file.read(_GZIP_CHUNK)
                if not source:
                    is_cut = not self.member.eof
                    return b"".join(pieces), _CUT if is_cut else ""
                if self.member.eof:  # several gzip streams, one after the other, are one
                    self.member = zlib.decompressobj(_GZIP)
                piece = self.member.decompress(source, wanted)
                self.rest = self.member.unconsumed_tail or self.member.unused_data
                pieces.append(piece)
                wanted -= len(piece)
        except zlib.error:
            return b"".join(pieces), _CUT
        return b"".join(pieces), ""


def _whole_documents(content: bytes) -> tuple[int, int, bool]:
    """Where the last whole document ends, how many there are, and whether the next is possible."""
    position, count, size, unpack = 0, 0, len(content), _LENGTH.unpack_from
    while position + 4 <= size:
        length = unpack(content, position)[0]
        if not _SMALLEST <= length <= _LARGEST:
            return position, count, False
        if position + length > size:
            break
        position += length
        count += 1
    return position, count, True
