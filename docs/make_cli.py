"""Writes docs/cli.md from the program's own help: python docs/make_cli.py."""

from pathlib import Path

from typer.testing import CliRunner

from tagger.commands.app import app

COMMANDS = "train pretrain tune check convert evaluate compare tag export perplexity generate benchmark show"
HEADER = "# Commands\n\nWritten by `make docs` from the program's own help; a test holds it true.\n"
PLAIN = {  # TERMINAL_WIDTH is unset: typer would hold to it for as long as the process lives
    "COLUMNS": "100",
    "TERMINAL_WIDTH": None,
    "NO_COLOR": "1",
    "TERM": "dumb",
}


def reference() -> str:
    """The text of docs/cli.md."""
    return HEADER + "".join(_section(*command) for command in ((), *((name,) for name in COMMANDS.split())))


def _section(*command: str) -> str:
    help_text = CliRunner().invoke(app, [*command, "--help"], prog_name="tagger", env=PLAIN).output
    lines = "\n".join(line.rstrip() for line in help_text.strip("\n").splitlines())
    return f"\n## {' '.join(('tagger', *command))}\n\n```\n{lines.strip()}\n```\n"


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(reference(), encoding="utf-8")
