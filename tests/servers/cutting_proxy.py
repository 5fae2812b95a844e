"""A proxy on loopback that cuts connections, so that tests see a network fail."""

import socket
import threading
from contextlib import suppress


class CuttingProxy:
    """Stands before a server and cuts its connections."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut_after_bytes: int | None = None  # sent by clients since the last cut
        self.stays_away = False  # after the first cut
        self.cuts_count = 0
        self._passed = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "CuttingProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.stays_away and self.cuts_count:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._server_port))
                threading.Thread(target=self._pass_on, args=(client, server, True)).start()
                threading.Thread(target=self._pass_on, args=(server, client, False)).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if is_counted and self._is_cut(len(data)):
                    break
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _is_cut(self, size: int) -> bool:
        with self._lock:
            self._passed += size
            if self.cut_after_bytes is None or self._passed <= self.cut_after_bytes:
                return False
            self._passed = 0
            self.cuts_count += 1
            return True
