"""Coverage of a framework, the catalogue it comes from, and change records."""

import pytest
import yaml

from governance.models import Framework, Requirement
from governance.services import attestations, catalogue, changes, coverage, judgement
from governance.states import Verdict
from people.errors import Malformed
from tests.governance.conftest import PASSWORD, auc, ratio

pytestmark = pytest.mark.django_db


def covered(version):
    framework = Framework.objects.get(slug="us-fair-lending")
    return {v.requirement.slug: v for v in coverage.of(framework, version)}


def test_the_catalogue_is_loaded_with_its_citations_and_how_sure_they_are():
    loaded = Requirement.objects.get(slug="1002-4a")
    assert (loaded.citation, loaded.basis) == ("12 CFR 1002.4(a); 15 USC 1691(a)", "memory")
    assert {c.slug for c in loaded.controls.all()} == {"fai-01", "dat-03"}
    assert Requirement.objects.count() == 9


def test_loading_it_again_changes_nothing():
    assert catalogue.load() == []


def test_a_row_out_of_step_with_the_file_is_brought_back():
    Requirement.objects.filter(slug="1002-4a").update(title="Something else")
    assert [framework.slug for framework in catalogue.load()] == ["us-fair-lending"]


def test_every_kind_that_is_asked_for_is_explained():
    for path in catalogue.FOLDER.glob("*.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for requirement in document["frameworks"][0]["requirements"]:
            asked = requirement["evidence"]
            assert {*asked["automatic"], *asked["sign_off"]} <= catalogue.evidence_kinds().keys()


def test_without_evidence_everything_is_missing(version):
    told = covered(version)
    assert {v.verdict for v in told.values()} == {Verdict.MISSING}
    assert "No fairness_audit is held." in told["1002-4a"].why


def test_evidence_answers_what_it_is_asked_for(version, file, validator):
    audit = file("fairness_audit", version, ratio(0.9, 0.8, 1.0))
    report = file("explainability_report", version, accepted=False)
    for kind in ("independent_review", "legal_register"):
        attestations.attest(
            kind=kind, subject=version, statement="Done.", by=validator, password=PASSWORD
        )
    told = covered(version)
    assert told["1002-6a"].verdict is Verdict.MET
    assert told["1002-4a"].verdict is Verdict.INSUFFICIENT
    answers = {answer.kind: answer for answer in told["1002-4a"].answers}
    assert (answers["fairness_audit"].evidence, answers["fairness_audit"].verdict) == (
        audit,
        Verdict.MET,
    )
    assert (answers["explainability_report"].evidence, answers["explainability_report"].why) == (
        report,
        "The report of the explainability_report has not been accepted.",
    )


def test_an_approval_answers_while_its_certificate_counts(pending, agree, version, validator):
    attestations.attest(
        kind="legal_register", subject=version, statement="X.", by=validator, password=PASSWORD
    )
    assert covered(version)["1002-8"].verdict is Verdict.MISSING
    certificate = agree(pending).certificate
    told = covered(version)["1002-8"]
    assert (told.verdict, told.answers[1].certificate) == (Verdict.MET, certificate)


def test_a_change_record_shows_results_side_by_side(make_version, file):
    old, new = make_version(C=1), make_version(C=2)
    file("validation_run", old, auc(0.78, 0.75, 0.81))
    file("validation_run", new, auc(0.80, 0.77, 0.83))
    file("fairness_audit", new, ratio(0.9, 0.85, 0.95))
    told = changes.record(old, new)
    by_measure = {result.measure: result for result in told.results}
    assert by_measure["roc_auc"].old["value"] == "0.78"
    assert by_measure["roc_auc"].new["value"] == "0.8"
    assert (by_measure["selection_rate_ratio"].old, by_measure["selection_rate_ratio"].feature) == (
        None,
        "race",
    )
    assert "parameters" in str(told.manifest)


def test_versions_of_different_models_are_not_compared(make_version, model, owner):
    from models_registry.services import registered_models, versions
    from models_registry.services.blobs import Blob

    other = registered_models.create(
        use_case=model.use_case, name="Other", description="", by=owner
    )
    theirs = versions.register(
        registered_model=other,
        manifest={"signature": {"features": [{"name": "x", "type": "number"}]}},
        artifacts={"onnx": Blob("cd" * 32, 1)},
        training_snapshot=None,
        recipe=None,
        by=owner,
    )
    with pytest.raises(Malformed, match="different models"):
        changes.record(make_version(), theirs)


CHAMPION = """
policy: champion
applies_to: {environments: [production]}
evidence:
  - kind: validation_run
    rules: [{measure: roc_auc, not_worse_than: champion, margin: 0.01}]
approvals: [{role: approver, count: 1}]
certificate: {valid_for: 30d}
"""


def test_a_challenger_is_compared_with_what_is_live(
    enact, make_version, file, request_for, approver1, environment, owner
):
    from governance.services import releases
    from tests.governance.conftest import approve

    enact(CHAMPION)
    champion, challenger = make_version(a=1), make_version(a=2)
    file("validation_run", champion, auc(0.80, 0.79, 0.81))
    file("validation_run", challenger, auc(0.70, 0.69, 0.71))

    def verdict(version):
        return judgement.preview(version, "production").rules[1].verdict

    assert verdict(challenger) is Verdict.NOT_APPLICABLE
    approve(request_for(champion), approver1)
    releases.go_live(champion, environment, by=owner)
    assert (verdict(champion), verdict(challenger)) == (Verdict.NOT_APPLICABLE, Verdict.NOT_MET)
    file("validation_run", challenger, auc(0.90, 0.89, 0.91))
    assert verdict(challenger) is Verdict.MET
