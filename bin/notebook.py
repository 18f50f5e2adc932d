#!/usr/bin/env python3
"""Execute a notebook with papermill and export it as a self-contained HTML page without code."""

from pathlib import Path

import click

from spacon.script import INPUT_FILE, OUTPUT_FILE, Script


@click.command(cls=Script)
@click.option("--notebook", type=INPUT_FILE, required=True, help="With a cell tagged `parameters`.")
@click.option("--page", type=INPUT_FILE, required=True, help="HTML around the notebook's outputs: $title, $body.")
@click.option("--parameters", type=INPUT_FILE, required=True, help="The notebook's parameters, YAML.")
@click.option("--title", required=True, help="Title of the page.")
@click.option("--executed", type=OUTPUT_FILE, required=True, help="Executed notebook.")
@click.option("--html", type=OUTPUT_FILE, required=True, help="Page.")
def main(notebook: Path, page: Path, parameters: Path, title: str, executed: Path, html: Path) -> None:
    """Run one notebook."""
    from html import escape
    from string import Template

    import nbformat
    import papermill
    import yaml
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    from spacon.files import replacing

    # The kernel is spoken to through files in TMPDIR: of network ports, notebooks that start at once pick the same.
    with replacing(executed) as temporary:
        papermill.execute_notebook(
            notebook,
            temporary,
            parameters=yaml.safe_load(parameters.read_text()),
            progress_bar=False,
            log_output=True,
            config=Config(KernelManager={"transport": "ipc"}),
        )
    body, _ = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True).from_notebook_node(
        nbformat.read(executed, as_version=4)
    )
    with replacing(html) as temporary:
        temporary.write_text(Template(page.read_text()).substitute(title=escape(title), body=body))


if __name__ == "__main__":
    main()
