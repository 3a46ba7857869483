"""Which function does the work of each kind. Imported by the child process alone."""

from collections.abc import Callable, Mapping

from audits.jobs import (
    explain,
    fairness,
    ingest,
    monitor,
    predict,
    prepare,
    profile,
    train,
    validate,
)
from audits.jobs.contract import Job, Outcome, Tell

WORK: Mapping[str, Callable[[Job, Tell], Outcome]] = {
    "ingest": ingest.work,
    "profile": profile.work,
    "prepare": prepare.work,
    "train": train.work,
    "validate": validate.work,
    "fairness": fairness.work,
    "explain": explain.work,
    "predict": predict.work,
    "monitor": monitor.work,
}
