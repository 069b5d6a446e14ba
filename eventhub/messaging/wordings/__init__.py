"""The words of letters: what organisers say in place of ours, for each occasion, and in which languages."""
