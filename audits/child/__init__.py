"""The child process a run's heavy part is carried out in. No Django here, on either side."""
