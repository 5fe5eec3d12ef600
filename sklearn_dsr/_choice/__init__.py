"""The choice of a model: free runs, forecasts of rows held apart, and what they say."""
