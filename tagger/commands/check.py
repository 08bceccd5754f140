"""`tagger check`."""

import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tagger.checking.findings import BROKEN, Finding, Kind, Severity
from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.config import ColumnFormat

if TYPE_CHECKING:
    from tagger.checking.labelled_file import LabelledFile
    from tagger.checking.mending import Change

_MOST = 10  # findings of a kind that are shown


@with_options(ColumnFormat)
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Labelled column files; dev and test are held against train: the only one so named, or the first.",
        ),
    ],
    *,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            help="Model directory: find tokens whose tags a model, trained on other sentences, is sure are wrong.",
            rich_help_panel="Findings",
        ),
    ] = None,
    only: Annotated[
        list[Kind] | None,
        typer.Option(
            "--only",
            metavar="KIND",
            help=f"Findings of this kind alone; may be given again. Kinds: {', '.join(Kind)}.",
            rich_help_panel="Findings",
        ),
    ] = None,
    ignore: Annotated[
        list[Kind] | None,
        typer.Option("--ignore", metavar="KIND", help="No findings of this kind.", rich_help_panel="Findings"),
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix",
            help="Write the files with tags, spaces, hidden characters and normalisation mended: a file, or a "
            "directory for several.",
            rich_help_panel="Output",
        ),
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help=f"Show more than {_MOST} findings of a kind.", rich_help_panel="Output")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.", rich_help_panel="Output")] = False,
    configs: tuple[Any, ...],
) -> None:
    """Find what is wrong with labelled files, before training on them.

    Exit code 1 says that something is broken: a line that cannot be read (unreadable), a tag that the scheme does not
    allow (scheme), or a sentence that stands twice with different tags (conflict).
    """
    require_train_extra("check", "scipy")
    from tagger.checking.labelled_file import read_labelled
    from tagger.checking.run import check_files, check_with_model, mend_files, mended_places, train_first

    (columns,) = configs
    if fix is not None:
        mended_places(files, fix)
    read = [read_labelled(path, columns) for path in train_first(files)]
    found = check_files(read)
    if model is not None:
        found += check_with_model(read, model)
    findings = [item for item in found if (not only or item.kind in only) and item.kind not in (ignore or ())]
    changes = mend_files(read, fix, columns) if fix is not None else None
    if json:
        _print_json(read, findings, changes)
    else:
        _print_text(read, findings, changes, None if show_all else _MOST)
    if any(finding.kind in BROKEN for finding in findings):
        raise typer.Exit(1)


def _print_json(files: "list[LabelledFile]", findings: list[Finding], changes: "list[Change] | None") -> None:
    described = [
        {
            "path": str(file.path),
            "scheme": file.scheme.name,
            "sentences": len(file.sentences),
            "tokens": sum(len(sentence.tokens) for sentence in file.sentences),
            "entities": sum(len(sentence.entities) for sentence in file.sentences),
        }
        for file in files
    ]
    values: dict[str, Any] = {"files": described, "findings": [finding.to_json() for finding in findings]}
    if changes is not None:
        values["changes"] = [change.to_json() for change in changes]
    print(json_text.dumps(values, ensure_ascii=False))


def _print_text(
    files: "list[LabelledFile]", findings: list[Finding], changes: "list[Change] | None", most: int | None
) -> None:
    from tagger.commands.check_display import change_lines, file_rows, finding_lines, kind_rows, print_table

    for line in finding_lines(findings, most):
        print(line)
    if findings:
        print()
    print_table(file_rows(files))
    print()
    if findings:
        print_table(kind_rows(files, findings))
        broken = sum(finding.severity is Severity.BROKEN for finding in findings)
        print(f"\n{len(findings):,} finding{'s' if len(findings) > 1 else ''}, {broken:,} broken")
    else:
        print("nothing found")
    if changes is not None:
        print(f"\nmended ({len(changes):,}):")
        for line in change_lines(changes):
            print(line)
