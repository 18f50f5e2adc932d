"""The crate of a run: one file that says what the run was made from, and holds what it made."""
