"""How much memory a piece of work takes, all its processes together."""

import threading
from time import sleep

import psutil


class MemoryWatch:
    """Holds the thread that looks how much memory a process and its children use."""

    def __init__(self, pid: int) -> None:
        """Watch the process of this id from the block's start to its end."""
        self.peak = 0
        self._process = psutil.Process(pid)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.is_set():
            try:
                family = [self._process, *self._process.children(recursive=True)]
                used = sum(member.memory_info().rss for member in family)
            except psutil.NoSuchProcess:
                continue
            self.peak = max(self.peak, used)
            sleep(0.05)
