"""What people fill in to ask for a run or to review a report.

Each form gives the `spec` of one kind of run; `audits.specs` reads it and refuses what is odd.
"""

from typing import Any, ClassVar

from django import forms

from audits import specs
from audits.states import RunKind
from desk.forms import DeskForm, JsonField, PasswordField, TextField, WordsField
from models_registry.models import OutcomeBatch, PredictionBatch, Recipe, RegisteredModel, Snapshot
from models_registry.states import Part

ACCEPT, RETURN = "accept", "return"
_MONO = {"class": "ds-input ds-mono", "rows": 14}
_NO_CHOICE: Any = Snapshot.objects.none()


def held_out(form: DeskForm) -> Any:
    """Snapshots of the teams this person sees, held-out parts first."""
    rows = form.within(Snapshot.objects.select_related("dataset"), "dataset__team")
    return rows.exclude(part__in=[Part.RAW, Part.TRAIN]).order_by("-id")


class RunForm(DeskForm):
    """A form that makes the spec of one kind of run."""

    kind: ClassVar[RunKind]
    submit = "Request the run"

    def spec(self) -> dict[str, Any]:
        """The spec, of the object whose page the form is on."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """With the spec the answers make."""
        said = super().clean() or self.cleaned_data
        return dict(said) if self.errors else {**said, "spec": self.spec()}


class _Sampled(RunForm):
    resamples = forms.IntegerField(initial=1000, min_value=100, max_value=20_000)
    confidence = forms.FloatField(initial=0.95, min_value=0.5, max_value=0.999)
    seed = forms.IntegerField(initial=specs.DEFAULT_SEED, min_value=0)
    folded = frozenset({"resamples", "confidence", "seed"})

    def sampling(self) -> dict[str, Any]:
        """How intervals are drawn."""
        return {name: self.cleaned_data[name] for name in ("resamples", "confidence", "seed")}


class ProfileAsked(RunForm):
    """What is in the data; who could be singled out, where it says what others may know."""

    kind = RunKind.PROFILE
    intro = (
        "Counts, missing values, distributions, associations, and what is wrong with the data."
        " With quasi-identifiers also who could be singled out by them."
    )
    folded = frozenset({"target", "quasi_identifiers", "sensitive_attribute"})
    target = forms.CharField(
        required=False, help_text="The column whose leaks are looked for; the dataset's own else."
    )
    quasi_identifiers = WordsField(
        required=False,
        help_text="Columns an outsider may know of a person, as in: age, sex, postcode.",
    )
    sensitive_attribute = forms.CharField(
        required=False, help_text="A column that nobody should learn of a person."
    )

    def spec(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "snapshot": self.obj.pk,  # type: ignore[union-attr]
            "target": said["target"] or None,
            "quasi_identifiers": said["quasi_identifiers"],
            "sensitive_attribute": said["sensitive_attribute"] or None,
        }


class PrepareAsked(RunForm):
    """A recipe is carried out on this snapshot."""

    kind = RunKind.PREPARE
    recipe = forms.ModelChoiceField(Recipe.objects.none())
    seed = forms.IntegerField(initial=specs.DEFAULT_SEED, min_value=0)

    def prepare(self) -> None:
        """Recipes of this person's teams."""
        field: Any = self.fields["recipe"]
        field.queryset = self.within(Recipe.objects.order_by("name", "-number"), "team")

    def spec(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"snapshot": self.obj.pk, "recipe": said["recipe"].pk, "seed": said["seed"]}  # type: ignore[union-attr]


class TrainAsked(RunForm):
    """A version is trained on this snapshot."""

    kind = RunKind.TRAIN
    named_otherwise: ClassVar[dict[str, str]] = {"mitigation": "mitigated_by"}
    intro = "Sensitive features and the target are never inputs."
    model = forms.ModelChoiceField(RegisteredModel.objects.none())
    target = forms.CharField()
    favourable = forms.IntegerField(initial=1, help_text="The value of the favourable outcome.")
    features = WordsField(widget=forms.Textarea(attrs={"rows": 4}))
    estimator = forms.ChoiceField(
        choices=[
            ("logistic_regression", "Logistic regression"),
            ("hist_gradient_boosting", "Histogram gradient boosting"),
        ]
    )
    parameters = JsonField(
        required=False, initial="{}", widget=forms.Textarea(attrs={**_MONO, "rows": 3})
    )
    mitigation = forms.ChoiceField(
        required=False,
        choices=[
            ("", "None"),
            ("demographic_parity", "Grid search towards demographic parity"),
            ("equalized_odds", "Grid search towards equalized odds"),
        ],
    )
    mitigated_by = forms.CharField(
        required=False,
        label="Sensitive feature of the mitigation",
        help_text="Used in training only, never asked for when predicting.",
    )
    note = TextField(required=False, lines=2)
    seed = forms.IntegerField(initial=specs.DEFAULT_SEED, min_value=0)

    def prepare(self) -> None:
        """This person's models; target and inputs as the dataset declares them."""
        snapshot: Any = self.obj
        models: Any = self.fields["model"]
        models.queryset = self.within(RegisteredModel.objects.order_by("name"), "use_case__team")
        dataset = snapshot.dataset
        barred = {dataset.target, *dataset.sensitive_features}
        names = [one["name"] for one in snapshot.columns if one["name"] not in barred]
        self.initial.setdefault("target", dataset.target)
        self.initial.setdefault("features", names)
        self.fields["mitigated_by"].initial = next(iter(dataset.sensitive_features), "")

    def spec(self) -> dict[str, Any]:
        said = self.cleaned_data
        plain = ("target", "favourable", "features", "estimator", "parameters", "seed", "note")
        asked = {name: said[name] for name in plain}
        if said["mitigation"]:
            asked["mitigation"] = {
                "method": "grid_search",
                "constraint": said["mitigation"],
                "sensitive": said["mitigated_by"],
            }
        return {"model": said["model"].pk, "snapshot": self.obj.pk, **asked}  # type: ignore[union-attr]


class _OnHeldOut(RunForm):
    snapshot = forms.ModelChoiceField(
        _NO_CHOICE,
        label="Held-out snapshot",
        help_text="Rows the version was not trained on.",
    )

    def prepare(self) -> None:
        """Held-out parts of this person's teams."""
        field: Any = self.fields["snapshot"]
        field.queryset = held_out(self)

    def on(self) -> dict[str, Any]:
        """The version and the snapshot."""
        return {"version": self.obj.pk, "snapshot": self.cleaned_data["snapshot"].pk}  # type: ignore[union-attr]


class ValidateAsked(_OnHeldOut, _Sampled):
    """Performance on held-out rows."""

    kind = RunKind.VALIDATE
    field_order = ("snapshot", "threshold", "slices")
    threshold = forms.FloatField(initial=0.5, min_value=0, max_value=1)
    slices = WordsField(
        required=False, help_text="Up to five columns whose values are measured one by one."
    )

    def spec(self) -> dict[str, Any]:
        plain = {name: self.cleaned_data[name] for name in ("threshold", "slices")}
        return {**self.on(), **plain, **self.sampling()}


class FairnessAsked(_OnHeldOut, _Sampled):
    """Comparison between groups on held-out rows."""

    kind = RunKind.FAIRNESS
    field_order = ("snapshot", "sensitive", "intersections", "control", "threshold")
    folded = _Sampled.folded | {"min_group_size", "weight", "interval"}
    sensitive = WordsField(help_text="Columns that name groups, with commas between.")
    intersections = WordsField(
        required=False, help_text="Crossed groups, as in: race x male, race x married."
    )
    threshold = forms.FloatField(initial=0.5, min_value=0, max_value=1)
    min_group_size = forms.IntegerField(
        initial=30, min_value=1, label="Smallest group that is judged"
    )
    control = WordsField(
        required=False,
        label="Control columns",
        help_text="People alike in these are compared with each other too, as in: department.",
    )
    weight = forms.CharField(
        required=False,
        label="Weight column",
        help_text="How much each person counts; without it all count alike.",
    )
    interval = forms.ChoiceField(
        choices=[
            ("percentile", "Percentile bootstrap"),
            ("bca", "Bias-corrected and accelerated bootstrap (BCa)"),
        ],
        label="Intervals of disparities",
    )

    def prepare(self) -> None:
        """The sensitive features its training data declares."""
        super().prepare()
        trained: Any = self.obj.training_snapshot  # type: ignore[union-attr]
        if trained is not None:
            self.initial.setdefault("sensitive", trained.dataset.sensitive_features)

    def spec(self) -> dict[str, Any]:
        said = self.cleaned_data
        crossed = [[name.strip() for name in one.split(" x ")] for one in said["intersections"]]
        plain = ("sensitive", "threshold", "min_group_size", "control", "interval")
        asked = {name: said[name] for name in plain}
        asked |= {"intersections": crossed, "weight": said["weight"] or None}
        return {**self.on(), **asked, **self.sampling()}


class ExplainAsked(_OnHeldOut):
    """What the scores depend on."""

    kind = RunKind.EXPLAIN
    folded = frozenset({"rows", "repeats", "standard_error", "seed"})
    threshold = forms.FloatField(
        initial=0.5, min_value=0, max_value=1, help_text="Scores at or above it are favourable."
    )
    sensitive = WordsField(
        required=False,
        label="Sensitive inputs",
        help_text="Inputs that are changed alone; those the dataset declares always are.",
    )
    rows = forms.IntegerField(initial=2000, min_value=50, max_value=100_000, label="Most rows")
    repeats = forms.IntegerField(initial=10, min_value=2, max_value=100, label="Most repeats")
    standard_error = forms.FloatField(
        initial=0.005, min_value=0.0001, max_value=0.49, label="Standard error wanted"
    )
    seed = forms.IntegerField(initial=specs.DEFAULT_SEED, min_value=0)

    def spec(self) -> dict[str, Any]:
        plain = ("threshold", "sensitive", "rows", "repeats", "standard_error", "seed")
        return {**self.on(), **{name: self.cleaned_data[name] for name in plain}}


class MonitorAsked(_Sampled):
    """A window of predictions against what the approval rested on."""

    kind = RunKind.MONITOR
    field_order = ("reference", "batches", "outcomes", "sensitive", "domain_classifier")
    reference = forms.ModelChoiceField(
        _NO_CHOICE,
        label="Reference snapshot",
        required=False,
        empty_label="The rows it was approved on, as counted then",
        help_text="Rows the model was not trained on; with them distances of values are exact.",
    )
    batches = forms.ModelMultipleChoiceField(PredictionBatch.objects.none(), label="Predictions")
    outcomes = forms.ModelMultipleChoiceField(OutcomeBatch.objects.none(), required=False)
    sensitive = WordsField(required=False, help_text="Columns of the batches that name groups.")
    domain_classifier = forms.BooleanField(
        required=False,
        label="Look for inputs that drifted together",
        help_text="Trains a classifier to tell window from reference; takes longer.",
    )

    def prepare(self) -> None:
        """This deployment's own batches."""
        fields: dict[str, Any] = self.fields
        fields["reference"].queryset = held_out(self)
        of_this = {"deployment": self.obj}
        batches = PredictionBatch.objects.filter(**of_this)
        outcomes = OutcomeBatch.objects.filter(**of_this)
        names = ("deployment__version__registered_model", "deployment__environment")
        fields["batches"].queryset = batches.select_related(*names)
        fields["outcomes"].queryset = outcomes.select_related(*names)

    def spec(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "deployment": self.obj.pk,  # type: ignore[union-attr]
            "reference": said["reference"].pk if said["reference"] else None,
            "batches": [one.pk for one in said["batches"]],
            "outcomes": [one.pk for one in said["outcomes"]],
            "sensitive": said["sensitive"],
            "domain_classifier": said["domain_classifier"],
            **self.sampling(),
        }


class Uploaded(DeskForm):
    """A file from outside."""

    submit = "Upload"
    intro = "CSV or Parquet. What is in it is looked at before it is kept, and read by a run."
    file = forms.FileField()
    delimiter = forms.ChoiceField(
        choices=[(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")],
        initial=",",
        label="Delimiter of a CSV file",
    )


class SpecWritten(DeskForm):
    """Any run, by its spec."""

    intro = "For whoever knows the spec; the pages of versions and snapshots have forms."
    submit = "Request the run"
    kind = forms.ChoiceField(choices=RunKind.choices)
    spec = JsonField(widget=forms.Textarea(attrs=_MONO), initial="{}")


class RunCancelled(DeskForm):
    """Nothing to fill in."""

    intro = "A waiting run ends at once; a running one as soon as its worker looks."
    submit = "Cancel the run"


class Reviewed(DeskForm):
    """A report is accepted or returned, signed with the password."""

    submit = "Sign the review"
    verdict = forms.ChoiceField(
        choices=[(ACCEPT, "Accept"), (RETURN, "Return to whoever asked for it")],
        widget=forms.RadioSelect,
    )
    reason = TextField(required=False, lines=3, help_text="Needed when a report is returned.")
    password = PasswordField()
