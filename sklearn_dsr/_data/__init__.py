"""Checks of X, its gap-free pieces, its DataFrames and times, and warnings about it."""
