"""Between the units of X and those of a model: transformers, and forecasts through them."""
