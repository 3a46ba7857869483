"""A plain logistic regression on Adult shows the rates that its known baseline shows.

The known baseline was measured on Adult's own test part. The reference data has the training
part only, so each person here is judged by a model that was fitted on the other thirds.
"""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from measures.certificate import certify_groups
from measures.fairness.groups import gaps, group_rates
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import reduce_cells
from tests.measures.test_known_answers import ADULT

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]


@pytest.fixture
def people(reference_data):
    with gzip.open(reference_data / "adult_train.data.gz") as lines:
        return pd.read_csv(lines, names=ADULT, skipinitialspace=True).drop(columns="fnlwgt")


def test_the_groups_of_the_baseline_are_found_again(people, reference_data, stored):
    known = json.loads((reference_data / "reference_values.json").read_text())
    known = known["adult_logistic_baseline"]
    columns = make_column_transformer(
        (StandardScaler(), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), people.columns.drop([*NUMBERS, "income"])),
    )
    label = (people["income"] == ">50K").astype(int)
    model = make_pipeline(columns, LogisticRegression(max_iter=500))
    predicted = cross_val_predict(model, people.drop(columns="income"), label, cv=3)
    table = stored({"sex": np.array(people["sex"]), "label": label, "predicted": predicted})

    cells = reduce_cells(table, ["sex"], label="label", prediction="predicted")
    assert certify_groups(cells).largest_difference <= 1e-12
    found = {(each.group, each.metric): each.value for each in group_rates(cells)}
    named = {"acc": "accuracy", "sel": "selection_rate"}
    named |= {"tpr": "true_positive_rate", "fpr": "false_positive_rate"}
    for sex, rates in known["by_sex"].items():
        for short, metric in named.items():
            assert found[sex, metric] == pytest.approx(rates[short], abs=0.015), (sex, metric)
    ratio, difference, odds, _ = (gap.value for gap in gaps(cells, Drawing(100)))
    assert ratio == pytest.approx(known["dp_ratio"], abs=0.015)
    assert difference == pytest.approx(known["dp_difference"], abs=0.01)
    # the rates of 1,179 and 590 women with a high income: two standard errors of their difference
    assert odds == pytest.approx(known["eo_difference"], abs=0.05)
