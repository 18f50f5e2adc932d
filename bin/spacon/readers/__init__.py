"""What files of connectivity hold, by the reader of their kind."""
