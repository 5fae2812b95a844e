"""The domains of the house."""

from collections.abc import Callable, Mapping

from warehouse.settings import Settings

DOMAINS = ("spinner", "wrapped")
"""Those that are built, in the order in which a run takes them."""

IS_SAMPLE_WORLD: Mapping[str, Callable[[Settings], bool]] = {
    "spinner": lambda settings: settings.spinner.is_sample_world,
    "wrapped": lambda settings: settings.wrapped.is_sample_world,
}
"""Whether a domain has no source configured."""


def domains_of(settings: Settings) -> tuple[str, ...]:
    """The domains that a run takes when none is named: those with a source, or all."""
    real = tuple(domain for domain in DOMAINS if not IS_SAMPLE_WORLD[domain](settings))
    return real or DOMAINS
