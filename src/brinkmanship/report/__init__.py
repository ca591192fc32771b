"""The report: one page that an analyst hands on, made from a result folder and nothing else."""

from brinkmanship.report.drawing import beside
from brinkmanship.report.page import REPORT, write_report

__all__ = ["REPORT", "beside", "write_report"]
