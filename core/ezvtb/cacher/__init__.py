"""Finished frames, kept by pose: a pose that comes again costs a decode instead of five networks."""
