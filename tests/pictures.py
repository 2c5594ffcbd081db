"""Takes the pictures of the README: a fresh house with invented people, seen in Chromium. Run by script/pictures."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys.house import running
from tests.stage import CHROMIUM, SOURCE

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def take() -> None:
    """Fill a house, serve it, and keep one picture of the site and one of the desk."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAMKET_", "DJANGO_"))}
        environment = {**kept, "CAMKET_HOME": f"{folder}/home", "PYTHONPATH": str(SOURCE)}
        subprocess.run([sys.executable, "-m", "camket", "demo", "--inquiries", "14"], env=environment, check=True)
        with running(environment, CAMKET_SMTP_URL="file:mail", CAMKET_CONTROLLER_EMAIL="privacy@example.vn") as house, sync_playwright() as play:
            link = house.camket("staff", "link", "chi@example.com").strip()
            browser = play.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
            page = browser.new_page(viewport={"width": 1180, "height": 760}, locale="en-GB")
            page.goto(f"{house.url}/en/")
            page.screenshot(path=IMAGES / "site.png")
            page.goto(link)
            page.click("button[type=submit]")
            page.goto(f"{house.url}/en/console/")
            page.screenshot(path=IMAGES / "console.png")
            browser.close()


if __name__ == "__main__":
    take()
