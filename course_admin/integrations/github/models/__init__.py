"""The tables of our GitHub App: where it is, what it makes and what it shows."""

from course_admin.integrations.github.models.archiving import ArchivingState, RepositoryArchiving
from course_admin.integrations.github.models.check_report import CheckReport
from course_admin.integrations.github.models.installation import Installation, Rerequest
from course_admin.integrations.github.models.repository_listing import RepositoryListing
from course_admin.integrations.github.models.repository_order import (
    OrderState,
    RepositoryMember,
    RepositoryOrder,
    RepositoryTemplate,
)
from course_admin.integrations.github.models.starter_update import PullRequestState, StarterPullRequest, StarterUpdate

__all__ = [
    "ArchivingState",
    "CheckReport",
    "Installation",
    "OrderState",
    "PullRequestState",
    "RepositoryArchiving",
    "RepositoryListing",
    "RepositoryMember",
    "RepositoryOrder",
    "RepositoryTemplate",
    "Rerequest",
    "StarterPullRequest",
    "StarterUpdate",
]
