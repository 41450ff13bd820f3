"""Cut what the tests need out of what GitHub publishes at npm (MIT).

By hand, when our requests or the events that we take change: `python -m tests.course_admin.integrations.github.published.cut`.
It fetches two packages through npm into var/, and writes beside itself `requests.json`, the schemas of the bodies that we
send, and `deliveries.json.gz`, every example delivery.
"""

import gzip
import json
import subprocess
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[4] / "var" / "github-published"
PACKAGES = ("@octokit/openapi@23.0.2", "@octokit/webhooks-examples@7.6.1")
REQUESTS = (
    "post /app/installations/{installation_id}/access_tokens",
    "post /repos/{owner}/{repo}/check-runs",
    "patch /repos/{owner}/{repo}/check-runs/{check_run_id}",
    "post /repos/{owner}/{repo}/statuses/{sha}",
    "post /repos/{template_owner}/{template_repo}/generate",
    "post /orgs/{org}/repos",
    "put /repos/{owner}/{repo}/collaborators/{username}",
    "patch /repos/{owner}/{repo}",
    "post /repos/{owner}/{repo}/git/blobs",
    "post /repos/{owner}/{repo}/git/trees",
    "post /repos/{owner}/{repo}/git/commits",
    "post /repos/{owner}/{repo}/git/refs",
    "post /repos/{owner}/{repo}/pulls",
)


def main() -> None:
    """Fetch, cut and write."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", *PACKAGES], cwd=FOLDER, check=True)
    description = _member("octokit-openapi-*.tgz", "package/generated/api.github.com.deref.json")
    schemas = {}
    for request in REQUESTS:
        method, _, path = request.partition(" ")
        schemas[request] = description["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    (HERE / "requests.json").write_text(json.dumps(schemas, separators=(",", ":"), sort_keys=True) + "\n")
    examples = _member("octokit-webhooks-examples-*.tgz", "package/api.github.com/index.json")
    deliveries = [[event["name"], payload] for event in examples for payload in event["examples"]]
    packed = gzip.compress(json.dumps(deliveries, separators=(",", ":")).encode(), mtime=0)
    (HERE / "deliveries.json.gz").write_bytes(packed)


def _member(package: str, name: str) -> dict:
    with tarfile.open(next(FOLDER.glob(package))) as archive:
        found = archive.extractfile(name)
        assert found is not None, name
        return json.load(found)


if __name__ == "__main__":
    main()
