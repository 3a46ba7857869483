"""Berkeley's admissions of 1973, and an audit of a model that repeats the decisions.

P. J. Bickel, E. A. Hammel, J. W. O'Connell (1975), "Sex bias in graduate admissions: data from
Berkeley", Science 187(4175), 398-404; the six largest departments, as in R's UCBAdmissions.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from audits.jobs import train
from audits.jobs.contract import Job
from tests.jobs.conftest import DEFAULTS, quiet

#: Admitted and rejected, by department: male, female.
ADMISSIONS = {
    "A": ((512, 313), (89, 19)),
    "B": ((353, 207), (17, 8)),
    "C": ((120, 205), (202, 391)),
    "D": ((138, 279), (131, 244)),
    "E": ((53, 138), (94, 299)),
    "F": ((22, 351), (24, 317)),
}


def applicants() -> pa.Table:
    """A row for each applicant; who was admitted is both the label and what the model sees."""
    rows = [
        (department, sex, admitted)
        for department, both in ADMISSIONS.items()
        for sex, counts in zip(("male", "female"), both, strict=True)
        for admitted, people in zip((1, 0), counts, strict=True)
        for _ in range(people)
    ]
    department, sex, admitted = zip(*rows, strict=True)
    columns = {"department": department, "sex": sex, "decision": admitted, "admit": admitted}
    return pa.table(columns)


def audit(folder: Path) -> Job:
    """An audit by sex within departments."""
    snapshot = str(folder / "snapshot.parquet")
    pq.write_table(applicants(), snapshot)
    spec = {
        "features": ["decision"], "target": "admit", "favourable": 1,
        "estimator": "logistic_regression", "parameters": {}, "mitigation": None, "seed": 1,
    }  # fmt: skip
    inputs, facts = {"snapshot": snapshot}, {"sensitive_features": ["sex"]}
    model = train.work(Job("train", spec, inputs, facts, folder), quiet)
    asked = DEFAULTS["fairness"] | {"sensitive": ["sex"], "control": ["department"]}
    facts = {"signature": model.details["signature"]}
    return Job("fairness", asked, inputs | {"model": str(folder / "model.onnx")}, facts, folder)
