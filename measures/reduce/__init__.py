"""Rows in, small statistics out: the only part of Assay that reads rows.

A reduction is one Ibis expression over a table; what it returns is small and frozen, adds
(``part + part`` is the statistic of both parts together) and has a digest.
"""
