"""Training by generalized teacher forcing, and the choice among candidates by free run."""
