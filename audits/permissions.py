"""Who may ask for a run, cancel it, and review what came out."""

from collections.abc import Mapping

from audits.models import Report, Run
from audits.states import RunKind
from people.errors import NotPermitted
from people.models import Team, User
from people.services import roles
from people.states import Role

#: An auditor is in none of these: an auditor reads everything and changes nothing.
MAY_REQUEST: Mapping[RunKind, tuple[Role, ...]] = {
    RunKind.INGEST: (Role.STEWARD, Role.OWNER, Role.OPERATOR),
    RunKind.PROFILE: (Role.STEWARD, Role.OWNER, Role.VALIDATOR),
    RunKind.PREPARE: (Role.STEWARD, Role.OWNER),
    RunKind.TRAIN: (Role.OWNER,),
    RunKind.VALIDATE: (Role.VALIDATOR, Role.OWNER),
    RunKind.FAIRNESS: (Role.VALIDATOR, Role.OWNER),
    RunKind.EXPLAIN: (Role.VALIDATOR, Role.OWNER),
    RunKind.PREDICT: (Role.OWNER, Role.OPERATOR),
    RunKind.MONITOR: (Role.OWNER, Role.VALIDATOR, Role.OPERATOR),
}


#: Rows of a dataset are the data's keepers' alone; predictions and outcomes come from operators.
MAY_BRING_IN_ROWS = (Role.STEWARD, Role.OWNER)


def check_may_request(by: User, kind: RunKind, team: Team, *, about: str) -> None:
    """Some role in the team whose thing it is about."""
    rows = kind == RunKind.INGEST and about == "dataset"
    wanted = MAY_BRING_IN_ROWS if rows else MAY_REQUEST[kind]
    roles.check(by, *wanted, team=team, to=f"request {kind} runs")


def check_may_cancel(by: User, run: Run) -> None:
    """Whoever asked for it, or an owner or operator of its team."""
    if run.requested_by_id != by.pk:
        roles.check(by, Role.OWNER, Role.OPERATOR, team=run.team, to=f"cancel run {run.pk}")


def check_may_review(by: User, report: Report) -> None:
    """A validator or approver of the team who did not ask for the run themselves."""
    roles.check(
        by, Role.VALIDATOR, Role.APPROVER, team=report.run.team, to=f"review report {report.pk}"
    )
    if report.run.requested_by_id == by.pk:
        raise NotPermitted(
            f"{by} may not review report {report.pk}: it was drawn from a run {by} asked for; "
            "somebody else must review it"
        )
