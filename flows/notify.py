"""Words to systemd, over the socket that it gives a service of type `notify`."""

import os
import socket


def notify(words: str) -> None:
    """Tell systemd, when it listens, READY=1, WATCHDOG=1 or STOPPING=1."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # a name that is no file
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.sendto(words.encode(), address)
