"""The sample world of `spinner`: planned students, the days of their laboratory, and the truths."""

from sample_world.spinner.writing import LabSummary, Record, write_lab

__all__ = ["LabSummary", "Record", "write_lab"]
