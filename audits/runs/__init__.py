"""How a run is carried out by a worker: claimed, prepared, worked on in a child, filed."""

from audits.runs.carrying_out import execute

__all__ = ["execute"]
