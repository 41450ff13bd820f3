"""What watching costs the site: `python -m tests.load.deadline --watchers 300` makes an installation of its own and prints it.

So many students push within a minute, as before a deadline, and each one's browser follows their attempt with the pauses of the
page's script, while the runs are judged one after the other. Printed is the CPU time of the web server's processes, and of
PostgreSQL's, over the time that was watched, in cores; and how long pages took. For a machine on which nothing else runs: what
the boxes of the runs use is left to them, and counts for nobody. Needs what `rush` needs.
"""

import argparse
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.load.rush import Rush, Scene, announce, scene_of
from tests.load.watchers import probe, watch

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(of_session: int) -> float:
    """Return the CPU time that the living processes of a session have used, and their ended children."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == of_session:
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def postgres_seconds(scene: Scene) -> float:
    """Return the CPU time of the server and of its connections."""
    server = int((scene.postgres._data / "postmaster.pid").read_text().splitlines()[0])
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if server in (int(stat.parent.name), int(fields[1])):
            total += sum(map(int, fields[11:15])) / TICKS
    return total


def measure(scene: Scene, watchers: int, push_seconds: float, watch_seconds: float) -> Rush:
    """Have everybody push and watch, and print what it cost."""
    rush, over = Rush(f"{watchers} browsers that watch"), threading.Event()
    port = scene.installation.port
    threads = [threading.Thread(target=probe, args=(port, rush.health, over))]
    threads += [
        threading.Thread(target=watch, args=(port, each, rush.pages, over)) for each in scene.cookies[:watchers]
    ]
    deliveries = [scene.next_push() for _ in range(watchers)]
    web = scene.installation.web.popen
    assert web is not None
    began, web_before, postgres_before = time.monotonic(), cpu_seconds(web.pid), postgres_seconds(scene)
    for thread in threads:
        thread.start()
    try:
        with ThreadPoolExecutor(20) as senders:
            for delivery in deliveries:
                senders.submit(announce, scene, rush, delivery)
                time.sleep(push_seconds / watchers)
        while time.monotonic() - began < watch_seconds:
            scene.installation.keep_up()
            time.sleep(0.5)
        seconds = time.monotonic() - began
        site, database = cpu_seconds(web.pid) - web_before, postgres_seconds(scene) - postgres_before
    finally:
        over.set()
        for thread in threads:
            thread.join()
    graded = scene.ask("SELECT count(*) FROM submissions_run WHERE state = 'graded'")[0][0]
    lines = [
        f"== {rush.name} {watchers} pushes for {seconds:.0f} s; {graded} runs were judged meanwhile",
        f"site:     {site:.1f} s of CPU, {site / seconds:.2f} cores",
        f"database: {database:.1f} s of CPU, {database / seconds:.2f} cores (all of its clients)",
        f"webhooks: {rush.webhooks.summary()}",
        f"pages:    {rush.pages.summary()}",
        f"/health/: {rush.health.summary()}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return rush


def main() -> int:
    """Measure; return the exit status: 1 if a page, a webhook or `/health/` failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--watchers", type=int, default=300)
    parser.add_argument("--push-seconds", type=float, default=60.0)
    parser.add_argument("--watch-seconds", type=float, default=180.0)
    given = parser.parse_args()
    with scene_of(given.watchers) as scene:
        rush = measure(scene, given.watchers, given.push_seconds, given.watch_seconds)
    return 1 if rush.pages.problems or rush.webhooks.problems or rush.health.problems else 0


if __name__ == "__main__":
    sys.exit(main())
