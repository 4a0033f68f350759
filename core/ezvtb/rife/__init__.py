"""In-between frames of two consecutive poser frames."""
