"""A browser, where there is one."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no test in a browser")
    place = next(filter(None, map(shutil.which, NAMES)), None)
    if place is None:
        pytest.skip(f"no browser found, looked for {', '.join(NAMES)}")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield started
        started.close()
