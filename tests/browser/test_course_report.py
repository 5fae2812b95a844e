"""The report in a real browser: it renders without errors, fits a phone, and asks for nothing."""

import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from matplotlib.image import imread

from exports.dashboards.course_reports import course_report
from tests.exports.dashboards.made_up_rows import REPORT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: install it")


def browse(folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(CHROMIUM), *QUIET, f"--user-data-dir={folder / 'profile'}", *options],
        capture_output=True,
        check=True,
        timeout=120,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
    )


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(course_report(REPORT), encoding="utf-8")
    return path


def test_page_renders_without_a_complaint(page: Path) -> None:
    seen = browse(page.parent, "--dump-dom", page.as_uri())
    assert seen.stdout.count(b"<svg ") == 13
    assert b"CONSOLE" not in seen.stderr


@pytest.mark.parametrize("scheme", ["0", "1"], ids=["dark", "light"])
def test_page_follows_the_reader_in_light_and_dark(page: Path, scheme: str) -> None:
    picture = page.with_name("page.png")
    browse(
        page.parent,
        f"--blink-settings=preferredColorScheme={scheme}",
        "--window-size=800,600",
        f"--screenshot={picture}",
        page.as_uri(),
    )
    brightness = mean_of_the_first_row(picture)
    assert brightness < 60 if scheme == "0" else brightness > 200


def mean_of_the_first_row(picture: Path) -> float:
    """How bright the top of a screenshot is, 0 to 255."""
    return float(imread(picture)[0, :, :3].mean() * 255)


@pytest.mark.parametrize("width", [390, 1200])
def test_page_is_no_wider_than_the_screen(page: Path, width: int) -> None:
    frame = page.with_name("frame.html")
    frame.write_text(
        f'<iframe id="f" style="width:{width}px;height:900px;border:0" srcdoc=""></iframe>'
        "<script>const f=document.getElementById('f');"
        f"f.srcdoc={text_of(page)!r};"
        "f.onload=()=>{document.title=`${f.contentDocument.documentElement.scrollWidth}`};"
        "</script>",
        encoding="utf-8",
    )
    seen = browse(page.parent, "--virtual-time-budget=5000", "--dump-dom", frame.as_uri())
    found = re.search(rb"<title>(\d+)</title>", seen.stdout)
    assert found is not None
    assert int(found[1]) <= width


def text_of(page: Path) -> str:
    """The page as one line."""
    return page.read_text(encoding="utf-8").replace("\n", " ")


def test_no_request_leaves(page: Path) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.2)
        is_over = threading.Event()

        def listen() -> None:
            while not is_over.is_set():
                try:
                    client, _ = proxy.accept()
                except TimeoutError:
                    continue
                with client:
                    asked.append(client.recv(1_000))

        listener = threading.Thread(target=listen)
        listener.start()
        address = f"--proxy-server=http://127.0.0.1:{proxy.getsockname()[1]}"
        browse(page.parent, address, "--dump-dom", page.as_uri())
        is_over.set()
        listener.join()
    assert [line for line in asked if b"google" not in line] == []
