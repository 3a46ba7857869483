"""Whether scores come true for every group of people."""

from typing import NamedTuple

from measures.calibration.hosmer_lemeshow import HosmerLemeshow, hosmer_lemeshow
from measures.calibration.recalibration import (
    Recalibration,
    SpiegelhalterTest,
    recalibration,
    spiegelhalter,
)
from measures.calibration.reliability import (
    Bin,
    CalibrationError,
    equal_mass_edges,
    expected_calibration_error,
    maximum_calibration_error,
    reliability,
)
from measures.intervals.bootstrap import Drawing
from measures.reduce.grouped_scores import GroupedScores
from measures.reduce.scores import ScoreCounts


class Calibration(NamedTuple):
    """All that is known of the calibration of some people.

    `expected` and `maximum` error are over ten bins of equal width, `adaptive` over ten of
    equal numbers of people; `bins` are the former.
    """

    n: int
    bins: list[Bin]
    expected: CalibrationError
    maximum: CalibrationError
    adaptive: CalibrationError
    recalibration: Recalibration
    hosmer_lemeshow: HosmerLemeshow
    spiegelhalter: SpiegelhalterTest


class GroupCalibration(NamedTuple):
    """The calibration of one group: one level of each feature."""

    features: tuple[str, ...]
    group: tuple[str, ...]
    calibration: Calibration


def calibration(scores: ScoreCounts, drawing: Drawing) -> Calibration:
    """Every figure of calibration, for people the model has not seen.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Calibration
        See each part's own module.

    Raises
    ------
    ValueError
        If there is nobody, or a score lies outside [0, 1].
    """
    return Calibration(
        scores.rows,
        reliability(scores, confidence=drawing.confidence),
        expected_calibration_error(scores, drawing),
        maximum_calibration_error(scores, drawing),
        expected_calibration_error(scores, drawing, edges=equal_mass_edges(scores)),
        recalibration(scores, confidence=drawing.confidence),
        hosmer_lemeshow(scores),
        spiegelhalter(scores),
    )


def by_group(scores: GroupedScores, drawing: Drawing) -> list[GroupCalibration]:
    """The calibration of each group, in the order of the groups; see `calibration`."""
    return [
        GroupCalibration(scores.features, group, calibration(held, drawing))
        for group, held in zip(scores.groups, scores.scores, strict=True)
    ]
