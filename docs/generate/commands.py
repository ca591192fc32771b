"""The commands and their options, from the command line itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import typer

from brinkmanship.cli import app
from docs.generate.markdown import code, page, plain, table

INTRODUCTION = """`brink COMMAND --help` says the same. A command answers on standard output and
complains on standard error.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | the crisis is wrong; the diagnostics say where |
| 2 | the call is wrong, or the answer cannot be written |
| 3 | a bug of ours; please report it |
| 130 | interrupted |

| variable | meaning |
|---|---|
| `COLUMNS` | width of tables where the output is no terminal; 100 by default |
| `BRINK_CACHE` | folder for machine code and fitted expectations; `~/.cache/brinkmanship` by default |
| `BRINK_TRACEBACK` | set it to see where a bug of ours happened |"""


def commands() -> str:
    """The page on commands."""
    return page("Commands", INTRODUCTION, *(part for name, each in leaves() for part in _section(name, each)))


def leaves() -> Iterator[tuple[str, Any]]:
    """All commands with their full names."""

    def walk(prefix: str, command: Any) -> Iterator[tuple[str, Any]]:
        inside = getattr(command, "commands", None)
        if inside is None:
            yield prefix, command
        else:
            for name, each in inside.items():
                yield from walk(f"{prefix} {name}", each)

    yield from walk("brink", typer.main.get_command(app))


def _section(name: str, command: Any) -> Iterator[str]:
    kinds = get_type_hints(inspect.unwrap(command.callback))
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    words = [name, *(_argument(each) for each in arguments), *(["[OPTIONS]"] if options else [])]
    yield f"## {name}"
    yield " ".join(command.help.split())
    yield f"```text\n{' '.join(words)}\n```"
    rows = [(code(_argument(each)), plain(each.help or ""), _default(each)) for each in arguments]
    rows += [(code(_option(each, kinds[each.name])), plain(each.help or ""), _default(each)) for each in options]
    if rows:
        yield table(("", "meaning", "default"), rows)


def _argument(parameter: Any) -> str:
    word = parameter.metavar or parameter.name.upper()
    return word if parameter.required else f"[{word}]"


def _option(parameter: Any, kind: Any) -> str:
    kinds = {each for each in (kind, *get_args(kind)) if isinstance(each, type)}
    if bool in kinds:
        return parameter.opts[0]
    choices = next((each for each in kinds if issubclass(each, StrEnum)), None)
    value = parameter.metavar or ("|".join(choices) if choices else "N" if int in kinds else "TEXT")
    return f"{parameter.opts[0]} {value}"


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required or default is None or default is False or default == () or default == []:
        return ""
    return f"`{getattr(default, 'value', default)}`"
