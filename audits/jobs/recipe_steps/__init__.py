"""The steps of a recipe, carried out on a table one after the other."""

from audits.jobs.recipe_steps.carrying_out import Record, carry_out

__all__ = ["Record", "carry_out"]
