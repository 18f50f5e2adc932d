"""What the user brought: expression, positions, columns and connectivity, read with care."""
