"""Pages of cases: the list, one case, and the steps that a member may take in it."""
