"""TLS reports (RFC 8460 sections 4 and 5): read, check, add up and send them."""

from tlsrpt.report._catalogue import ReportError, ReportFinding
from tlsrpt.report._item import ReceivedReport
from tlsrpt.report._summary import (
    DomainSummary,
    Failure,
    Incident,
    SeenPolicy,
    StsDay,
    Summary,
    Totals,
)
from tlsrpt.report.check import ReportCheck, check_report
from tlsrpt.report.files import read_reports
from tlsrpt.report.model import FailureDetail, Policy, Report
from tlsrpt.report.problems import Problem, problems
from tlsrpt.report.readiness import Readiness, readiness
from tlsrpt.report.summary import summarize

__all__ = [
    "DomainSummary",
    "Failure",
    "FailureDetail",
    "Incident",
    "Policy",
    "Problem",
    "Readiness",
    "ReceivedReport",
    "Report",
    "ReportCheck",
    "ReportError",
    "ReportFinding",
    "SeenPolicy",
    "StsDay",
    "Summary",
    "Totals",
    "check_report",
    "problems",
    "read_reports",
    "readiness",
    "summarize",
]
