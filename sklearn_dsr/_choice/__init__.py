"""Choice of a model by its free runs and by forecasts of held-out rows."""
