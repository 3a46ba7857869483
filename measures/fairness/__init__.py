"""What each group gets from a model, and how far groups lie apart. We assess, we do not certify."""
