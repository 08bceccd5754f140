"""Take pictures of a report: `python docs/make_screenshots.py MODEL FILE OUT`, with playwright and a Chromium.

The pictures show the page from its top, at two widths, light and dark, and end before the errors, whose sentences may
not be ours to show. They are written as OUT-1280-light.png and so on.
"""

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tagger.config import ColumnFormat
from tagger.evaluation.analysis import analyse_file
from tagger.inference.bundle import Bundle
from tagger.reports.evaluation_report import write_evaluation_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = ((1280, 2100), (360, 1900))  # width, and the most of the height
COLOURS = 64  # of a picture; few, so that it is small


def main(model: Path, file: Path, out: str) -> None:
    """Score the model on the file and write the pictures of the report."""
    bundle = Bundle.open(model)
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.html"
        write_evaluation_report(report, analyse_file(bundle, file, ColumnFormat()), bundle)
        _take(report.as_uri(), out)


def _take(address: str, out: str) -> None:
    place = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=["--no-sandbox"])
        for width, height in SIZES:
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                page.goto(address)
                path = Path(f"{out}-{width}-{scheme}.png")
                _save(page, width, height, path)
                print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


def _save(page: Page, width: int, height: int, path: Path) -> None:
    page.evaluate("document.getElementById('errors').remove()")
    bottom = min(height, page.evaluate("document.documentElement.scrollHeight"))
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": bottom})
    few = Image.open(BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
