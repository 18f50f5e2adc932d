"""What an executed notebook keeps: its code, parameters and outputs, and nothing that differs from run to run."""

from nbformat import NotebookNode

KEPT_OF_PAPERMILL = ("parameters", "version")


def without_times(notebook: NotebookNode) -> NotebookNode:
    """Take the times, temporary names and drawn names of cells out of a notebook that papermill executed, in place.

    Cells are named `cell-0`, `cell-1`, ... by their order.
    """
    told = notebook.metadata.papermill
    notebook.metadata.papermill = {name: told[name] for name in KEPT_OF_PAPERMILL}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
    return notebook
