"""Training by generalized teacher forcing, which knows no free run."""
