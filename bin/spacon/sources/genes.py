"""Names of genes: symbols in place of identifiers, each gene under a name of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spacon.counts import counted, of_all
from spacon.errors import InputError, suggestion
from spacon.sources.cells import Cells
from spacon.sources.tables import read_texts

# Columns as providers call them, in the order in which they are looked for.
IDS = ("gene_identifier", "gene_id", "gene_ids", "ensembl_id", "feature_id", "id")
SYMBOLS = ("gene_symbol", "gene_name", "symbol", "feature_name", "name")


def with_symbols(cells: Cells, path: Path) -> Cells:
    """Return cells whose genes are named by their symbols in a table of genes; a gene without one keeps its name.

    Raises:
        InputError: the table cannot be read, has no such columns, names a gene twice, or names none of the genes.
    """
    table = read_texts(path)
    ids, symbols = (_column(list(table), names, path.name) for names in (IDS, SYMBOLS))
    known = table[table[ids].notna()]
    repeated = known[ids][known[ids].duplicated()]
    if len(repeated):
        raise InputError(f"{path.name}: {ids} '{repeated.iloc[0]}' appears more than once; each gene needs one row")
    symbol = dict(zip(known[ids], known[symbols].fillna(""), strict=True))
    if not symbol.keys() & set(cells.genes):
        raise InputError(
            f"{path.name}: names none of the {len(cells.genes):,} genes: they are called '{cells.genes[0]}', here "
            f"{ids} is '{next(iter(symbol), '')}'; leave the table out if the genes have their names already"
        )
    found = [symbol.get(gene, "").strip() for gene in cells.genes]
    genes, notes = unique_names(found, cells.genes, path.name)
    return replace(cells, genes=genes, notes=(*cells.notes, *notes))


def unique_names(symbols: Sequence[str], ids: Sequence[str], name: str) -> tuple[tuple[str, ...], list[str]]:
    """Return a name for each gene: its symbol, or its id where it has none, or where another gene has that name too.

    Of genes that share a symbol, none is given it, so that their order does not matter. Names are unique where ids are.

    Returns:
        The names, and notes on how many genes keep their ids.
    """
    owners = Counter(each for pair in zip(symbols, ids, strict=True) for each in set(pair))
    names = tuple(symbol if symbol and owners[symbol] == 1 else one for symbol, one in zip(symbols, ids, strict=True))
    unnamed = sum(not symbol for symbol in symbols)
    shared = [
        symbol for symbol, one in zip(symbols, ids, strict=True) if symbol not in ("", one) and owners[symbol] > 1
    ]
    notes = []
    if unnamed:
        keep = of_all(unnamed, len(ids), "gene", "has no symbol and keeps its", "have no symbol and keep their")
        notes.append(f"{name}: {keep} {'identifier' if unnamed == 1 else 'identifiers'}")
    if shared:
        genes = counted(len(shared), "gene")
        share = "shares its symbol" if len(shared) == 1 else "share their symbols"
        keep = "keeps its identifier" if len(shared) == 1 else "keep their identifiers"
        notes.append(f"{name}: {genes} {share} with others ('{min(shared)}', for one) and {keep}")
    return names, notes


def _column(header: Sequence[str], known: Sequence[str], file: str) -> str:
    found = next((name for name in known if name in header), None)
    if found is None:
        raise InputError(f"{file}: a table of genes needs a column {' or '.join(known[:2])}; {suggestion('', header)}")
    return found
