"""Mortgages: a model's whole life, told by a client of a running service.

Six people work through the HTTP API alone on 1,989 real applications for a mortgage in Boston
(Munnell, Tootell, Browne and McEneaney 1996). A plain model is refused by the policy in force,
because it approves Black applicants too seldom beside white ones; a second one, trained with a
mitigation that needs no sensitive feature when it predicts, is approved, deployed and watched.

    ASSAY_DEMO_PASSWORD=… python client/examples/mortgages.py

Every step is checked; the exit status is 0 only if all of it really happened.
"""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ending
import loanapp
from cast import Story, assemble, measure, refused, require
from deeds import (
    ask_for_approval,
    assess,
    decide,
    evidence,
    file_outcomes,
    gate,
    snapshots,
    train,
)
from telling import chapter, done, figure, progress

POLICY = Path(__file__).with_name("credit-production.yaml")
WAIVER_DAYS = 90


def main() -> None:
    """Tell the story from its beginning to its end."""
    story = assemble()
    for part in PARTS:
        part(story)
    ending.tell(story)


def register_the_use_case(story: Story) -> None:
    """A questionnaire's answers give the risk tier; nobody types it in."""
    chapter("The owner enters the use case")
    made = story.cast.owner.post("use-cases", loanapp.USE_CASE | {"team": story.team})
    require(made["risk_tier"] == "high", "a decision on credit is of high risk")
    story.keep("use_case", made)
    done(f"{made['name']}: {made['domain']}, risk tier {made['risk_tier']}, from the answers")


def bring_in_the_data(story: Story) -> None:
    """The CSV file becomes an immutable snapshot, known by its digest."""
    chapter("The steward brings in the data")
    dataset = story.cast.steward.post("datasets", loanapp.DATASET | {"team": story.team})
    story.keep("dataset", dataset)
    with tempfile.TemporaryDirectory() as folder:
        file = loanapp.write_csv(Path(folder))
        run = story.cast.steward.upload("snapshots", file, dataset=dataset["id"])
        story.cast.steward.await_run(run, tell=progress)
    raw = story.keep("raw", snapshots(story)["raw"])
    require(raw["rows"] == loanapp.ROWS, f"all {loanapp.ROWS} rows arrived, got {raw['rows']}")
    done(f"{raw['rows']} rows, {len(raw['columns'])} columns, sha256:{raw['digest'][:16]}")


def look_at_the_data(story: Story) -> None:
    """A profile describes every column, and how often an application is approved."""
    story.cast.steward.run("profile", tell=progress, snapshot=story["raw"]["id"])
    profile = evidence(story, "dataset_profile", "snapshot", story["raw"]["id"])
    rate = measure(profile["measures"], "positive_rate")
    done(f"profiled: approved {figure(rate)}, n = {rate['n']}")


def prepare_the_data(story: Story) -> None:
    """Odd and missing values are dealt with by declared steps, not by hand."""
    chapter("The owner cleans and splits it by a recipe")
    recipe = story.cast.owner.post("recipes", loanapp.RECIPE | {"team": story.team})
    spec = {"snapshot": story["raw"]["id"], "recipe": recipe["id"]}
    story.cast.owner.run("prepare", tell=progress, **spec)
    parts = snapshots(story)
    for part in ("train", "test", "later"):
        story.keep(part, parts[part])
        done(f"{part:<5} {parts[part]['rows']:>5} rows, sha256:{parts[part]['digest'][:16]}")
    lineage = evidence(story, "data_lineage", "snapshot", parts["train"]["id"])
    story.keep("steps", lineage["details"]["steps"])


def put_the_policy_in_force(story: Story) -> None:
    """A policy is itself approved, by somebody other than its author."""
    chapter("The steward drafts the policy, an approver puts it in force")
    text = POLICY.read_text(encoding="utf-8")
    policy = story.cast.steward.post("policies", {"text": text, "team": story.team})
    drafted = policy["versions"][0]
    asked = {"subject_type": "policy_version", "subject_id": str(drafted["id"])}
    request = story.cast.steward.post("approval-requests", asked)
    refused(decide, story, "steward", request, "It is mine.", status=403)
    closed = decide(story, "approver1", request, "Says what credit decisions must show.")
    require(closed["state"] == "approved", "the policy was approved")
    story.keep("policy", drafted)
    done("credit-production is in force; its author could not approve it")


def train_the_first_version(story: Story) -> None:
    """Trained on the training part; the sensitive features are no inputs."""
    chapter("The owner trains version 1: plain logistic regression")
    model = story.cast.owner.post("models", loanapp.MODEL | {"use_case": story["use_case"]["id"]})
    story.keep("model", model)
    story.keep("v1", train(story, note="Plain logistic regression."))


def judge_the_first_version(story: Story) -> None:
    """Performance, gaps between groups, and what it rests on."""
    chapter("The validator measures version 1 and accepts its reports")
    assess(story, "v1")


def be_refused(story: Story) -> None:
    """The selection-rate ratio is the reason; the request is withdrawn."""
    chapter("Approval of version 1 is asked for, and refused by the policy")
    request = ask_for_approval(story, "v1", "The first version, for production.")
    answer = refused(decide, story, "validator", request, "Performs well.", status=422)
    story.keep("refusal", answer.errors)
    ratio = [rule for rule in answer.errors if rule["key"] == loanapp.RULE]
    require(ratio, f"{loanapp.RULE} is among the rules that are not met")
    require(ratio[0]["verdict"] in ("not_met", "insufficient"), "the ratio stands in the way")
    for rule in answer.errors:
        done(f"{rule['verdict']}: {rule['why']}")
    withdrawn = {"reason": "A version with a smaller gap is trained instead."}
    taken = story.cast.owner.post(f"approval-requests/{request['id']}/withdraw", withdrawn)
    require(taken["state"] == "withdrawn", "the request was withdrawn")
    done("the owner withdraws the request")


def train_the_second_version(story: Story) -> None:
    """What needs the sensitive feature is over when training is."""
    chapter("The owner trains version 2: the same inputs, with a Fairlearn mitigation")
    note = "Grid search under demographic parity; race is used in training alone."
    story.keep("v2", train(story, note=note, mitigation=loanapp.MITIGATION))


def judge_the_second_version(story: Story) -> None:
    """The very same measurements."""
    chapter("The validator measures version 2 and accepts its reports")
    assess(story, "v2")


def be_approved(story: Story) -> None:
    """By three people other than the author, and under a waiver where data are too few."""
    chapter("Approval of version 2 is asked for")
    request = ask_for_approval(story, "v2", "The mitigated version, for production.")
    own = refused(decide, story, "owner", request, "I made it.", status=403)
    done(f"the owner cannot approve it: {own.detail}")
    waive_what_is_uncertain(story, request)
    for name, reason in loanapp.REASONS.items():
        request = decide(story, name, request, reason)
        done(f"{name} approves: {reason}")
    require(request["state"] == "approved", "two approvers and the validator were enough")
    story.keep("request", story.cast.owner.get(f"approval-requests/{request['id']}"))


def waive_what_is_uncertain(story: Story, request: dict[str, Any]) -> None:
    """Where an interval is too wide to decide: set the rule aside, with a reason and an end."""
    story.keep("waivers", [])
    seen = story.cast.owner.get(f"approval-requests/{request['id']}")
    for rule in seen["rules"]:
        if rule["verdict"] == "insufficient":
            done(f"insufficient: {rule['why']}")
            story["waivers"].append(waive(story, rule))
    seen = story.cast.owner.get(f"approval-requests/{request['id']}")
    in_the_way = [rule["key"] for rule in seen["rules"] if rule["verdict"] not in loanapp.PASSING]
    require(not in_the_way, f"no rule is in the way, got {in_the_way}")


def waive(story: Story, rule: dict[str, Any]) -> dict[str, Any]:
    """The owner proposes, an approver agrees, and it has an end."""
    ends_at = datetime.now(UTC) + timedelta(days=WAIVER_DAYS)
    proposed = story.cast.owner.post(
        "waivers",
        {
            "subject_type": "model_version",
            "subject_id": str(story["v2"]["id"]),
            "environment": "production",
            "rule": rule["key"],
            "reason": f"The data cannot decide it yet. {rule['why']}",
            "compensating_measures": loanapp.COMPENSATION,
            "ends_at": ends_at.isoformat(),
        },
    )
    request = {"id": proposed["approval_request"]}
    decide(story, "approver2", request, "Acceptable until there is more data.")
    held: dict[str, Any] = story.cast.owner.get(f"waivers/{proposed['id']}")
    require(held["state"] == "in_force", "the waiver is in force once an approver agreed")
    done(f"waived until {held['ends_at'][:10]}, proposed by owner, approved by approver2")
    return held


def go_live(story: Story) -> None:
    """What has no certificate stays outside."""
    chapter("The certificate, the gate, and going live")
    certificate = story.cast.auditor.get(f"certificates/{story['request']['certificate']}")
    story.keep("certificate", certificate)
    require(gate(story, "v2")["allowed"], "the gate lets version 2 into production")
    shut = gate(story, "v1")
    require(not shut["allowed"], "the gate keeps version 1 out")
    done(f"gate, version 2: yes; version 1: no, {shut['why']}")
    wanted = {"version": story["v1"]["id"], "environment": "production"}
    problem = refused(story.cast.owner.post, "deployments", wanted, status=409)
    done(f"deploying version 1 is refused: {problem.detail}")
    live = story.cast.owner.post("deployments", wanted | {"version": story["v2"]["id"]})
    story.keep("deployment", live)
    done("version 2 is live in production")


def answer_an_applicant(story: Story) -> None:
    """A prediction by the live version, and a dispute of it, kept."""
    chapter("One applicant, answered live; and what she says to it")
    asked = {"deployment": story["deployment"]["id"], "rows": [loanapp.APPLICANT]}
    run = story.cast.owner.await_run(story.cast.owner.post("predictions", asked), tell=progress)
    answer = story.keep("answer", run["result"]["predictions"][0])
    done(f"score {float(answer['score']):.3f}: {'approve' if answer['prediction'] else 'deny'}")
    feedback = {"deployment": story["deployment"]["id"], "kind": "disputed"}
    feedback |= {"prediction_id": answer["prediction_id"], "comment": "The income is out of date."}
    story.keep("feedback", story.cast.validator.post("feedback", feedback))
    done(f"feedback on {answer['prediction_id']}: {feedback['kind']}, {feedback['comment']}")


def watch_it(story: Story) -> None:
    """The definitions that were approved, on what came in since."""
    chapter("Later applications come in, their outcomes too; a window is monitored")
    asked = {"deployment": story["deployment"]["id"], "snapshot": story["later"]["id"]}
    run = story.cast.owner.await_run(story.cast.owner.post("predictions", asked), tell=progress)
    batch = story.keep("batch", run["result"]["batch"])
    outcomes = file_outcomes(story, run)
    spec = {"deployment": story["deployment"]["id"], "reference": story["test"]["id"]}
    spec |= {"batches": [batch], "outcomes": [outcomes], "sensitive": ["race"]}
    story.cast.validator.run("monitor", tell=progress, **spec)
    seen = evidence(story, "drift_monitoring", "deployment", story["deployment"]["id"])
    story.keep("window", seen)
    done(f"{story['later']['rows']} predictions with outcomes against {story['test']['rows']}")


def say_what_changed(story: Story) -> None:
    """In data, recipe, parameters, libraries and results."""
    chapter("What changed from version 1 to version 2, and what a framework asks")
    versions = {"old": story["v1"]["id"], "new": story["v2"]["id"]}
    story.keep("change", story.cast.validator.get("change-records", **versions))
    asked = {"framework": "us-fair-lending", "subject_id": story["v2"]["id"]}
    story.keep("coverage", story.cast.auditor.get("coverage", **asked))
    ending.changes(story)
    ending.coverage(story)


def read_the_trail(story: Story) -> None:
    """From the first entry to the last, who did what; and that nothing was altered."""
    chapter("The auditor reads the trail back")
    story.keep("trail", ending.read_trail(story))
    verified = story.cast.auditor.post("trail/verification")
    require(verified["ok"], f"the trail verifies, got {verified}")
    story.keep("verified", verified)


PARTS = (
    register_the_use_case,
    bring_in_the_data,
    look_at_the_data,
    prepare_the_data,
    put_the_policy_in_force,
    train_the_first_version,
    judge_the_first_version,
    be_refused,
    train_the_second_version,
    judge_the_second_version,
    be_approved,
    go_live,
    answer_an_applicant,
    watch_it,
    say_what_changed,
    read_the_trail,
)

if __name__ == "__main__":
    main()
