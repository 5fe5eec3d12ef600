"""Transformers between the units of X and those of a model, and forecasts through them."""
