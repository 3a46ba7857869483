"""What a model rests on: for all people together, and for one of them."""
