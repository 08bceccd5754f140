"""Command-line options made from the configuration classes, so that a default stands in one place only."""

import inspect
from collections.abc import Callable, Collection
from dataclasses import Field, fields
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

Configured = TypeVar("Configured")


def with_options(
    *configs: type, leave_out: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of these dataclasses, but for those left out.

    The command takes them as instances, in a last parameter `configs`: a tuple in the order named here.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "configs"]
        own = [p.replace(annotation=get_type_hints(command, include_extras=True)[p.name]) for p in own]
        made = [_parameter(item) for config in configs for item in fields(config) if item.name not in leave_out]

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


def _parameter(item: Field[Any]) -> inspect.Parameter:
    flag = "--" + item.name.replace("_", "-")
    names = f"{flag}/--no-{flag[2:]}" if item.type is bool else flag
    declared = typer.Option(names, help=item.metadata["help"], rich_help_panel=item.metadata["panel"])
    annotation = Annotated[item.type, declared]  # type: ignore[name-defined]
    return inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=annotation)
