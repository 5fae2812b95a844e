"""A folder or an S3 prefix, as the targets of files see it: names and bytes.

A file is either as it was or whole and new: locally it is renamed into its place, and S3 shows an
object only when all of it has arrived.
"""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from pyarrow import fs

from warehouse.file_place import FilePlace, open_folder, open_place
from warehouse.settings import Secret, Settings

_CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
"""What a browser is told of an object; without it, it would offer a page for download."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Where files go."""

    place: FilePlace

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, or None when it is not there."""
        with self._explained():
            try:
                with self.place.filesystem.open_input_stream(self._path(name)) as file:
                    data: bytes = file.read()
            except FileNotFoundError:
                return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put a file in its place."""
        path = self._path(name)
        with self._explained():
            if not self.place.is_local:
                kind = _CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
                metadata = {"Content-Type": kind}
                with self.place.filesystem.open_output_stream(path, metadata=metadata) as file:
                    file.write(data)
                return
            self.place.filesystem.create_dir(path.rpartition("/")[0], recursive=True)
            with self.place.filesystem.open_output_stream(f"{path}.draft") as file:
                file.write(data)
            self.place.filesystem.move(f"{path}.draft", path)

    def delete(self, name: str) -> None:
        """Remove a file, when it is there."""
        with self._explained():
            try:
                self.place.filesystem.delete_file(self._path(name))
            except FileNotFoundError:
                return

    def delete_folder(self, name: str) -> None:
        """Remove a folder with all that is in it, when it is there."""
        with self._explained():
            if self.place.filesystem.get_file_info(self._path(name)).type == fs.FileType.Directory:
                self.place.filesystem.delete_dir(self._path(name))

    def folders(self, name: str) -> list[str]:
        """The names of the folders in a folder."""
        with self._explained():
            selector = fs.FileSelector(self._path(name), allow_not_found=True)
            found = self.place.filesystem.get_file_info(selector)
        return sorted(each.base_name for each in found if each.type == fs.FileType.Directory)

    def holds(self, name: str, digest: str) -> bool:
        """Whether a file is there and has the content of this digest."""
        data = self.read(name)
        return data is not None and digest_of(data) == digest

    def _path(self, name: str) -> str:
        return f"{self.place.root}/{name}"

    def _explained(self) -> AbstractContextManager[None]:
        return self.place.explained(
            "What was sent is in the ledger; mend it and run `tallyhouse export` again."
        )


def digest_of(data: bytes) -> str:
    """The digest that tells contents of files apart."""
    return hashlib.sha256(data).hexdigest()


def open_storage(settings: Settings, url: Secret | None, name: str) -> Storage:
    """Open the place that is configured for a target, or a folder.

    Args:
        settings: Where that folder is, and the keys of S3.
        url: `s3://bucket/prefix?region=…`, or a folder; None is none.
        name: Of the target.

    Returns:
        The storage; nothing is created before the first write.

    Raises:
        TallyhouseError: The address cannot be read, or its bucket cannot.
    """
    variable = f"EXPORTS__{name.upper()}__URL"
    if url is None:
        folder = settings.exports_folder / name
        return Storage(open_folder(folder, f"folder/{name}", variable))
    return Storage(open_place(url, variable, settings.s3_keys))
