"""The command line: one file per command; each parses, calls and prints."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from imagenspec._version import __version__
from imagenspec.errors import ImagenspecError

_COMMANDS = {
    "compile": "Compile recipes into exact predict requests.",
    "lint": "Check recipes against the documented constraints.",
    "fix": "Mend what has one right answer.",
    "explain": "Say where each member of a request comes from.",
    "rule": "Explain a finding.",
    "rules": "List everything that lint can find.",
    "serve": "Serve a local emulator of predict.",
    "render": "Send requests and keep the pictures.",
    "status": "Say what a render would have to do.",
    "lock": "Write down or check which requests recipes make.",
    "verify": "Render again and compare.",
    "diff": "Say which requests a change touches, and why.",
    "plan": "Say what a render would send and cost, and write it down.",
    "textconv": "Print what a recipe means, for git diff.",
    "recover": "Say which recipe made a picture, and give it back.",
    "import": "Make recipes of requests that exist.",
    "init": "Write a working recipe to start from.",
    "models": "List the documented models.",
    "classes": "List or search the classes of semantic masks.",
    "schema": "Print a JSON Schema.",
}

_ALLOCATIONS = 50_000
"""How many objects are made before the garbage among them is looked for; little of what a run makes is any."""


class _Commands(click.Group):
    """Imports a command only when it is called."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = f"{name}_" if name == "import" else name
        command: click.Command = import_module(f"imagenspec.cli.{module}").command
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)
        gc.enable()
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(self, context: click.Context, arguments: list[str]) -> Any:
        try:
            return super().resolve_command(context, arguments)
        except click.UsageError as error:
            from imagenspec.source.diagnostics import did_you_mean, quote  # noqa: PLC0415 - only after a typing slip

            near = did_you_mean(arguments[0], _COMMANDS)
            if near:
                message = f"no such command {quote(arguments[0])}; did you mean {quote(near)}?"
                raise click.UsageError(message, context) from error
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="imagenspec")
def cli() -> None:
    """Compile and check declarative Imagen requests.

    Exit codes: 0 fine, 1 findings, 2 wrong usage or configuration, 3 the tool, the machine or the service failed,
    128 plus the number of a signal that stopped it.
    """


def main() -> None:
    """Run the command line and exit with its code."""
    gc.disable()  # until the command is imported: nothing of what a start-up makes is garbage
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except ImagenspecError as error:
        from imagenspec.report.text import visible  # noqa: PLC0415 - only after a failure

        click.echo(f"imagenspec: {visible(str(error))}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 3
    except OSError as error:
        click.echo(f"imagenspec: {error.filename or 'standard output'}: {error.strerror}", err=True)
        code = 3
    except Exception as error:
        if os.environ.get("IMAGENSPEC_TRACEBACK"):
            raise
        click.echo(
            f"imagenspec failed: {type(error).__name__}: {error}\n"
            "this is a bug; set IMAGENSPEC_TRACEBACK=1 to see where",
            err=True,
        )
        code = 3
    sys.exit(code)
