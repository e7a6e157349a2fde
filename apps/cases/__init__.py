"""Cases between two organisations, from the evidence to an agreement."""
