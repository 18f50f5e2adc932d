"""What clusters are worth: agreement, coherence, and what to know of them."""
