"""What every script of `bin` shares: the command, its options and the caches of libraries."""
