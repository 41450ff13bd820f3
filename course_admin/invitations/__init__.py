"""Getting in without an administrator: invitations to places on rosters, self-enrolment by code or domain, requests to join."""
