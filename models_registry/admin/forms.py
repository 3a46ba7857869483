"""What people fill in to add to the inventory."""

from typing import Any

from django import forms

from desk.forms import DeskForm, JsonField, TextField, WordsField
from models_registry.models import UseCase
from models_registry.rules.risk import QUESTIONS
from models_registry.states import Classification, Domain, FeedbackKind
from people.models import Team


class InTeam(DeskForm):
    """Anything that belongs to one of the person's teams."""

    team = forms.ModelChoiceField(Team.objects.none())

    def prepare(self) -> None:
        """Only the teams this person sees."""
        field: Any = self.fields["team"]
        field.queryset = self.desk.admin_site.visible_teams(self.request)
        only = list(field.queryset[:2])
        if len(only) == 1:
            field.initial = only[0].pk


class NewUseCase(InTeam):
    """A use case and the questions its risk tier follows from."""

    intro = "The risk tier is not chosen: it follows from the answers."
    submit = "Register the use case"
    name = forms.CharField(max_length=200)
    purpose = TextField(help_text="What is decided or predicted, about whom, and for what.")
    domain = forms.ChoiceField(choices=Domain.choices)
    jurisdictions = WordsField(required=False, help_text="With commas between, as in: US, EU.")

    def prepare(self) -> None:
        super().prepare()
        for question in QUESTIONS:
            self.fields[f"answer_{question.key}"] = forms.TypedChoiceField(
                label=question.text,
                choices=[("no", "No"), ("yes", "Yes")],
                coerce=lambda said: said == "yes",
                widget=forms.RadioSelect,
            )

    def answers(self) -> dict[str, Any]:
        """The answers by question."""
        return {one.key: self.cleaned_data[f"answer_{one.key}"] for one in QUESTIONS}


class NewDataset(InTeam):
    """A named source of rows, and why it may be used."""

    submit = "Register the dataset"
    name = forms.CharField(max_length=200)
    description = TextField(required=False, lines=2)
    purpose = TextField(help_text="What the rows may be used for.", lines=2)
    lawful_basis = forms.CharField(max_length=200, required=False)
    licence = forms.CharField(max_length=200, required=False)
    retention_days = forms.IntegerField(min_value=1, required=False, label="Kept for, in days")
    classification = forms.ChoiceField(
        choices=Classification.choices, initial=Classification.CONFIDENTIAL
    )
    target = forms.CharField(
        max_length=200, required=False, help_text="The column to be predicted, if there is one."
    )
    sensitive_features = WordsField(
        required=False,
        help_text="Columns that name groups of people, with commas between. They are measured "
        "by and never given to a model.",
    )


class NewRecipe(InTeam):
    """Declared preparation."""

    intro = "A recipe is immutable. Another version of it is another recipe of the same name."
    submit = "Register the recipe"
    name = forms.CharField(max_length=200)
    steps = JsonField(
        help_text="A list of steps in their order, as JSON.",
        initial='[\n  {"step": "impute", "columns": ["income"], "strategy": "median"}\n]',
        widget=forms.Textarea(attrs={"rows": 18, "class": "ds-input ds-mono"}),
    )


class NewModel(DeskForm):
    """A model as people speak of it."""

    submit = "Register the model"
    use_case = forms.ModelChoiceField(UseCase.objects.none())
    name = forms.CharField(max_length=200)
    description = TextField(required=False)

    def prepare(self) -> None:
        """Only use cases of teams this person sees."""
        field: Any = self.fields["use_case"]
        field.queryset = self.within(UseCase.objects.order_by("name"), "team")


class NewEnvironment(DeskForm):
    """A place where models run."""

    submit = "Create the environment"
    name = forms.SlugField(max_length=50)
    description = forms.CharField(max_length=200, required=False)


class NewFeedback(DeskForm):
    """What somebody says about one prediction."""

    submit = "File the feedback"
    prediction_id = forms.CharField(max_length=64, label="Prediction")
    kind = forms.ChoiceField(choices=FeedbackKind.choices)
    comment = TextField(required=False)
