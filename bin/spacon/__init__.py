"""SpaCon: one map from spatial gene expression and connectivity. Array functions in, arrays out."""
