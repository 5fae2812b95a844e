"""The sample world of each domain."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flows.replay import replay
from sample_world.spinner import write_lab
from sample_world.wrapped import write_world
from warehouse.progress import Progress

Writer = Callable[[Path, int, str, Progress], Any]

WORLDS: Mapping[str, Writer] = {
    "spinner": lambda folder, seed, size, progress: write_lab(folder, seed, size, replay, progress),
    "wrapped": write_world,
}
"""Write the sample world of a domain into its folder; what stands there already is left alone."""
