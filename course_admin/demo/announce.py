"""The post-receive hook of the demonstration's repositories: announce a push the way GitHub does.

It runs as git's hook, as a program of its own with nothing of ours imported: the host is another party. What it sends
is the part of GitHub's `push` payload that anybody reads, signed as GitHub signs.
Source: GitHub's webhook description, event `push`; "Validating webhook deliveries".
"""

import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

NO_COMMIT = "0" * 40
ANSWER_SECONDS = 10  # as long as GitHub waits


def payload(config: dict, before: str, after: str, ref: str) -> dict:
    """Return what is announced about one updated ref."""
    owner, name = config["full_name"].split("/")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    head = {"id": after, "message": "push", "timestamp": now, "distinct": True}
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == NO_COMMIT,
        "deleted": after == NO_COMMIT,
        "forced": False,
        "base_ref": None,
        "compare": "",
        "commits": [head] if after != NO_COMMIT else [],
        "head_commit": head if after != NO_COMMIT else None,
        "repository": {
            "id": config["repository_id"],
            "name": name,
            "full_name": config["full_name"],
            "private": True,
            "default_branch": "main",
            "archived": False,
            "fork": False,
            "owner": {"login": owner},
        },
        "pusher": {"name": config["login"], "email": None},
        "sender": {"login": config["login"], "id": config["repository_id"], "type": "User"},
    }


def announce(config: dict, body: bytes) -> str:
    """Send a delivery and return the answer's sentence."""
    signature = hmac.new(config["secret"].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/demo",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    request = urllib.request.Request(config["url"], body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return json.loads(answer.read())["message"]
    except urllib.error.HTTPError as refusal:
        return f"refused with {refusal.code}: {refusal.read(2000).decode(errors='replace')}"
    except OSError as problem:
        return f"not announced: {problem}"


def main() -> None:
    """Announce every ref on standard input, as git's post-receive hook gets them."""
    config = json.loads(Path(sys.argv[1]).read_text())
    for line in sys.stdin:
        before, after, ref = line.split()
        body = json.dumps(payload(config, before, after, ref)).encode()
        sys.stdout.write(announce(config, body) + "\n")


if __name__ == "__main__":
    main()
