"""A browser on every page of the scene: pictures, heights, and what the browser refused."""

import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.testcases import LiveServerThread
from django.test.utils import setup_test_environment
from django.utils import timezone
from playwright.sync_api import Browser, sync_playwright

from course_admin.celery import app
from course_admin.settings.env import VAR
from tests.screenshots.pages import Shot, shots_of
from tests.screenshots.scene import make_scene

OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LANGUAGE = "--language="
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
FOLDER = VAR / "screenshots"


def main(words: list[str]) -> int:
    """Take the pictures, of the pages named or of all, in the browser's language; return how many pages have a fault."""
    language = next((word.removeprefix(LANGUAGE) for word in words if word.startswith(LANGUAGE)), "en-GB")
    names = [word for word in words if not word.startswith(LANGUAGE)]
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    app.send_task = lambda *_args, **_options: None  # no broker is asked
    cache.clear()
    scene = make_scene(timezone.now())
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    FOLDER.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in shots_of(scene) if not names or shot.name in names]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        faults = sum(
            take(browser, shot, f"http://127.0.0.1:{server.port}", width, scheme, language)
            for shot in shots
            for width in WIDTHS
            for scheme in SCHEMES
        )
        browser.close()
    server.terminate()
    sys.stdout.write(f"{FOLDER}: {faults} faults\n")
    return faults


def take(browser: Browser, shot: Shot, root: str, width: int, scheme: str, language: str) -> bool:
    """Take one picture; return whether something is wrong with the page."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
    )
    if shot.account is not None:
        client = Client()
        client.force_login(shot.account)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": root}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(root + shot.url)
    file = (
        f"{shot.name}-{width}-{scheme}.png" if language == "en-GB" else f"{shot.name}-{width}-{scheme}-{language}.png"
    )
    page.screenshot(path=str(Path(FOLDER) / file), full_page=True)
    tall, wide = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    context.close()
    refused = [text for text in said if "Security Policy" in text]
    is_wrong = bool(refused) or (wide > width and not shot.url.startswith("/admin/"))
    sys.stdout.write(
        f"{shot.name:24} {width:5} {scheme:5} {tall:6} px{' SCROLLS SIDEWAYS' if wide > width else ''} {' '.join(refused)[:200]}\n"
    )
    return is_wrong
