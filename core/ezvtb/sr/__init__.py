"""Super resolution: a frame of 512x512 becomes one of 1024x1024."""
