"""THA3, the neural poser: a picture and a pose become a frame."""
