"""TLS reports (RFC 8460 sections 4 and 5): read, check, add up and send them."""

from tlsrpt.report._catalogue import ReportError, ReportFinding
from tlsrpt.report.check import ReportCheck, check_report
from tlsrpt.report.model import FailureDetail, Policy, Report

__all__ = [
    "FailureDetail",
    "Policy",
    "Report",
    "ReportCheck",
    "ReportError",
    "ReportFinding",
    "check_report",
]
