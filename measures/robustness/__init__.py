"""What a model does when its inputs are not what they should be."""
