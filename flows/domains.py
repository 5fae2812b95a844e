"""The domains of the house, and the sample world of each."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flows.replay import replay
from sample_world.spinner import write_lab
from sample_world.wrapped import write_world
from warehouse.progress import Progress
from warehouse.settings import Settings

DOMAINS = ("spinner", "wrapped")
"""Those that are built, in the order in which a run takes them."""

IS_SAMPLE_WORLD: Mapping[str, Callable[[Settings], bool]] = {
    "spinner": lambda settings: settings.spinner.is_sample_world,
    "wrapped": lambda settings: settings.wrapped.is_sample_world,
}
"""Whether a domain has no source configured."""

Writer = Callable[[Path, int, str, Progress], Any]

WORLDS: Mapping[str, Writer] = {
    "spinner": lambda folder, seed, size, progress: write_lab(folder, seed, size, replay, progress),
    "wrapped": write_world,
}
"""Write the sample world of a domain into its folder; what stands there already is left alone."""


def domains_of(settings: Settings) -> tuple[str, ...]:
    """The domains that a run takes when none is named: those with a source, or all."""
    real = tuple(domain for domain in DOMAINS if not IS_SAMPLE_WORLD[domain](settings))
    return real or DOMAINS
