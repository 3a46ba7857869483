"""The pieces of a training run: what goes in, the pipeline, the mitigation, what comes out."""
