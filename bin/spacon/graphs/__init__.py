"""The spatial graph and the connection graph, over spots or between regions."""
