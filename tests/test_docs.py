"""What the documents say is held to what the program and the files are."""

import re
import runpy
import shlex
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tagger import read_conll
from tagger.commands.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = ("train", "dev", "test")


def readme_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line[line.index("tagger ") :] for block in blocks for line in block.splitlines() if line]


def test_cli_reference_is_what_the_program_says() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_cli.py"))["reference"]()
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == made, "run: make docs"


@pytest.mark.parametrize("command", readme_commands())
def test_commands_of_the_readme_are_understood(command: str) -> None:
    arguments = shlex.split(command)[1:]
    result = CliRunner().invoke(app, [*arguments, "--help"])  # the options are parsed before the help is shown
    assert result.exit_code == 0, result.output


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "data" / "README.md", *ROOT.glob("docs/*.md")):
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_counts_of_the_sample_are_those_in_its_readme(sample: Path) -> None:
    rows = []
    for part in PARTS:
        sentences = read_conll(sample / f"{part}.conll")
        types = Counter(entity.type for sentence in sentences for entity in sentence.entities)
        counts = [
            len(sentences),
            sum(len(s.tokens) for s in sentences),
            *(types[t] for t in ("PER", "ORG", "LOC", "MISC")),
        ]
        rows.append(f"| {part} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    assert "\n".join(rows) in (ROOT / "data" / "README.md").read_text(encoding="utf-8"), "\n".join(rows)


def test_the_sample_is_as_large_and_as_hard_as_it_says(sample: Path) -> None:
    parts = {part: read_conll(sample / f"{part}.conll") for part in PARTS}
    assert [len(parts[part]) >= least for part, least in zip(PARTS, (1000, 200, 200), strict=True)] == [True] * 3
    assert sum(len(sentence.tokens) for sentences in parts.values() for sentence in sentences) >= 22_000
    surfaces = {part: [s.surface(e) for s in parts[part] for e in s.entities] for part in PARTS}
    unseen = [surface not in set(surfaces["train"]) for surface in surfaces["test"]]
    assert sum(unseen) / len(unseen) >= 0.5


def test_no_sentence_of_the_sample_stands_twice(sample: Path) -> None:
    tokens = [sentence.tokens for part in PARTS for sentence in read_conll(sample / f"{part}.conll")]
    assert len(set(tokens)) == len(tokens)


def test_every_module_has_its_place_in_the_drawing_of_the_house() -> None:
    drawing = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = [path for path in (ROOT / "tagger").rglob("*.py") if path.name != "__init__.py"]
    missing = [str(path.relative_to(ROOT)) for path in modules if not re.search(rf"\b{path.name}\b", drawing)]
    assert not missing
