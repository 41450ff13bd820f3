"""Gitea, Forgejo and GitLab: what they announce becomes the same pushes as GitHub's."""
