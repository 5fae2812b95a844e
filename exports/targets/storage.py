"""A folder or an S3 prefix, as the targets of files see it: names and bytes.

A file is either as it was or whole and new: locally it is renamed into its place, and S3 shows an
object only when all of it has arrived.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pyarrow import fs

from warehouse.errors import TallyhouseError
from warehouse.settings import Secret


@dataclass(frozen=True, slots=True)
class Storage:
    """Where files go."""

    address: str  # without credentials
    variable: str  # that sets it, for messages
    root: str
    filesystem: fs.FileSystem
    is_local: bool

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, or None when it is not there."""
        with self._explained():
            try:
                with self.filesystem.open_input_stream(self._path(name)) as file:
                    data: bytes = file.read()
            except FileNotFoundError:
                return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put a file in its place."""
        path = self._path(name)
        with self._explained():
            if not self.is_local:
                with self.filesystem.open_output_stream(path) as file:
                    file.write(data)
                return
            self.filesystem.create_dir(path.rpartition("/")[0], recursive=True)
            with self.filesystem.open_output_stream(f"{path}.draft") as file:
                file.write(data)
            self.filesystem.move(f"{path}.draft", path)

    def delete(self, name: str) -> None:
        """Remove a file, when it is there."""
        with self._explained():
            try:
                self.filesystem.delete_file(self._path(name))
            except FileNotFoundError:
                return

    def delete_folder(self, name: str) -> None:
        """Remove a folder with all that is in it, when it is there."""
        with self._explained():
            if self.filesystem.get_file_info(self._path(name)).type == fs.FileType.Directory:
                self.filesystem.delete_dir(self._path(name))

    def folders(self, name: str) -> list[str]:
        """The names of the folders in a folder."""
        with self._explained():
            selector = fs.FileSelector(self._path(name), allow_not_found=True)
            found = self.filesystem.get_file_info(selector)
        return sorted(each.base_name for each in found if each.type == fs.FileType.Directory)

    def holds(self, name: str, digest: str) -> bool:
        """Whether a file is there and has the content of this digest."""
        data = self.read(name)
        return data is not None and digest_of(data) == digest

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TallyhouseError(
                f"{self.variable}: cannot read or write {self.address}: {error.strerror or error}."
                " What was sent is in the ledger; mend it and run `tallyhouse export` again."
            ) from error


def digest_of(data: bytes) -> str:
    """The digest that tells contents of files apart."""
    return hashlib.sha256(data).hexdigest()


def open_storage(url: Secret | None, folder: Path, variable: str) -> Storage:
    """Open the place that is configured, or a folder.

    Args:
        url: `s3://bucket/prefix`, with options of pyarrow (`?region=…`), or a folder; None is none.
        folder: Stands in when there is none.
        variable: Name of the setting.

    Returns:
        The storage; nothing is created before the first write.

    Raises:
        TallyhouseError: The address cannot be read.
    """
    text = url.reveal() if url is not None else ""
    parts = urlsplit(text)
    if parts.scheme == "s3":
        try:
            filesystem, root = fs.FileSystem.from_uri(text)
        except (ValueError, OSError):  # their text may quote the address
            raise TallyhouseError(f"{variable}: write s3://bucket/prefix?region=….") from None
        return Storage(f"s3://{root}", variable, root.rstrip("/"), filesystem, is_local=False)
    if parts.scheme not in {"", "file"}:
        raise TallyhouseError(f"{variable}: must begin with s3:// or name a folder.")
    root = str(Path(parts.path).absolute()) if text else str(folder)
    address = root if text else f"folder/{folder.name}"
    return Storage(address, variable, root, fs.LocalFileSystem(), is_local=True)
