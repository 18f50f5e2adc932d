"""What is checked before anything is computed."""
