"""The maps of the model family and their observation models."""
