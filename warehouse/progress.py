"""How long work says how far it is, without knowing who listens."""

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how much of it is done, and how much there is (None: unknown)."""


def ignore_progress(label: str, done: int, total: int | None) -> None:
    """Listen to nothing."""
