"""Command-line options made from the configuration classes, so that a default stands in one place only."""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import Field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from tagger.presets import PRESETS, PresetName
from tagger.run_file import read_run_file

Configured = TypeVar("Configured")


def run_file_option(refused: Mapping[str, str] = MappingProxyType({})) -> Any:
    """The option `--config`; what is refused must not stand in the file, and why is said."""

    def use_run_file(context: typer.Context, path: Path | None) -> Path | None:
        """Have a file give what the command line does not; click takes first what does stand on the command line."""
        if path is not None:
            context.default_map = {**(context.default_map or {}), **read_run_file(path, refused)}
        return path

    return typer.Option(
        "--config",
        callback=use_run_file,
        help="TOML file of options, such as batch_size = 32, and of paths; the command line wins over it.",
        rich_help_panel="Files",
    )


def _use_preset(context: typer.Context, name: PresetName | None) -> PresetName | None:
    """Have a preset give what neither the command line nor a file does, wherever it stands."""
    if name is not None:
        context.default_map = {**PRESETS[name], **(context.default_map or {})}
    return name


RunFile = Annotated[Path | None, run_file_option()]


Preset = Annotated[
    PresetName | None,
    typer.Option(
        "--preset",
        callback=_use_preset,
        help="Values for options that neither --config nor the command line gives; docs/presets.md lists them.",
        rich_help_panel="Files",
    ),
]


def with_options(
    *configs: type,
    leave_out: Collection[str] = (),
    defaults: Mapping[str, Any] = MappingProxyType({}),
    helps: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of these dataclasses, but for those left out.

    Args:
        defaults, helps: values and help texts of options that are others here than in their dataclasses.

    The command takes them as instances, in a last parameter `configs`: a tuple in the order named here.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "configs"]
        own = [p.replace(annotation=get_type_hints(command, include_extras=True)[p.name]) for p in own]
        items = [item for config in configs for item in fields(config) if item.name not in leave_out]
        made = [_parameter(item, defaults, helps) for item in items]

        def run(**values: Any) -> None:
            command(configs=tuple(_take(config, values) for config in configs), **values)

        run.__doc__ = command.__doc__
        run.__signature__ = inspect.Signature([*own, *made])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in (*own, *made)}
        return run

    return decorate


def _take(config: type[Configured], values: dict[str, Any]) -> Configured:
    """Build one configuration out of the values meant for it, and remove them."""
    return config(**{item.name: values.pop(item.name) for item in fields(config) if item.name in values})  # type: ignore[arg-type]


def _parameter(item: Field[Any], defaults: Mapping[str, Any], helps: Mapping[str, str]) -> inspect.Parameter:
    flag = "--" + item.name.replace("_", "-")
    names = f"{flag}/--no-{flag[2:]}" if item.type is bool else flag
    text, default = helps.get(item.name, item.metadata["help"]), defaults.get(item.name, item.default)
    declared = typer.Option(names, help=text, rich_help_panel=item.metadata["panel"])
    annotation = Annotated[item.type, declared]  # type: ignore[name-defined]
    return inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
