"""The tables of this app: suite versions, assignments, and the due times of sections, students and groups."""

from course_admin.assignments.models.assignment import Assignment, CountingRule, HiddenChecks
from course_admin.assignments.models.extension import Extension, SectionDueTime
from course_admin.assignments.models.suite_version import PUBLISHABLE, CheckState, SuiteVersion
from course_admin.assignments.models.wizard_draft import Wizard, WizardDraft

__all__ = [
    "PUBLISHABLE",
    "Assignment",
    "CheckState",
    "CountingRule",
    "Extension",
    "HiddenChecks",
    "SectionDueTime",
    "SuiteVersion",
    "Wizard",
    "WizardDraft",
]
