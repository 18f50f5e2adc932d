"""Expression from the files that providers publish, joined with tables about the cells."""
