"""Training by generalized teacher forcing. Free runs are not known here."""
