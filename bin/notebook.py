#!/usr/bin/env python3
"""Execute a notebook with papermill and export it as a self-contained HTML page without code."""

from spacon.cli.options import InputFile, OutputFile, script


@script
def main(
    notebook: InputFile, page: InputFile, parameters: InputFile, title: str, executed: OutputFile, html: OutputFile
) -> None:
    """Run one notebook."""
    import os
    from html import escape
    from pathlib import Path
    from string import Template

    import nbformat
    import papermill
    import yaml
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    from spacon.files import replacing
    from spacon.report.notebook import without_times

    # Text, whatever it looks like: a sample may be named 001, 1e3 or null.
    values = yaml.load(parameters.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    # The kernel's own process finds the library where this script does.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).resolve().parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    # The kernel is spoken to through files in TMPDIR: of network ports, notebooks that start at once pick the same.
    with replacing(executed) as temporary:
        papermill.execute_notebook(
            notebook,
            temporary,
            parameters=values,
            progress_bar=False,
            log_output=True,
            config=Config(KernelManager={"transport": "ipc"}),
        )
        result = without_times(nbformat.read(temporary, as_version=4))
        nbformat.write(result, temporary)
    body, _ = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True).from_notebook_node(
        result
    )
    with replacing(html) as temporary:
        around = Template(page.read_text(encoding="utf-8"))
        temporary.write_text(around.substitute(title=escape(title), body=body), encoding="utf-8")


if __name__ == "__main__":
    main()
