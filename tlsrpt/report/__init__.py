"""TLS reports (RFC 8460 sections 4 and 5): read, check, add up and send them."""

from tlsrpt.report._catalogue import ReportError, ReportFinding
from tlsrpt.report.check import ReportCheck, check_report
from tlsrpt.report.files import ReceivedReport, read_reports
from tlsrpt.report.model import FailureDetail, Policy, Report
from tlsrpt.report.summary import DomainSummary, Summary, Totals, summarize

__all__ = [
    "DomainSummary",
    "FailureDetail",
    "Policy",
    "ReceivedReport",
    "Report",
    "ReportCheck",
    "ReportError",
    "ReportFinding",
    "Summary",
    "Totals",
    "check_report",
    "read_reports",
    "summarize",
]
