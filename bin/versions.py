#!/usr/bin/env python3
"""Print the versions of Python and of the named packages as YAML, under the name of a process."""

import platform
from importlib.metadata import version

import click

from spacon.cli.command import Script


@click.command(cls=Script)
@click.argument("process")
@click.argument("packages", nargs=-1)
def main(process: str, packages: tuple[str, ...]) -> None:
    """Print versions; packages are not imported, so this takes no time."""
    click.echo(f'"{process}":\n  python: "{platform.python_version()}"')
    for package in packages:
        click.echo(f'  {package}: "{version(package)}"')


if __name__ == "__main__":
    main()
