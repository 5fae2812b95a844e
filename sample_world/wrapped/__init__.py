"""The sample world of `wrapped`: planned players, the telemetry that shows them, and the truths."""

from sample_world.wrapped.writing import WorldSummary, fill_server, write_world

__all__ = ["WorldSummary", "fill_server", "write_world"]
