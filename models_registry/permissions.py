"""Who may change the inventory. Each check raises NotPermitted with a sentence that says why."""

from people.errors import NotPermitted
from people.models import Grant, Team, User
from people.services import roles
from people.states import Role


def check_may_own(by: User, team: Team, to: str) -> None:
    """Use cases, models, recipes and versions are the model owner's."""
    roles.check(by, Role.OWNER, team=team, to=to)


def check_may_govern_data(by: User, team: Team, to: str) -> None:
    """Datasets and snapshots are the steward's and the owner's."""
    roles.check(by, Role.STEWARD, Role.OWNER, team=team, to=to)


def check_may_upload(by: User, team: Team) -> None:
    """Whoever may bring in data, predictions or outcomes may upload a file."""
    wanted = (Role.STEWARD, Role.OWNER, Role.OPERATOR)
    roles.check(by, *wanted, team=team, to="upload files")


def check_may_deploy(by: User, team: Team, to: str) -> None:
    """Going live and ending are the owner's and the operator's; what may run is governance's."""
    roles.check(by, Role.OWNER, Role.OPERATOR, team=team, to=to)


def check_may_file_outcomes(by: User, team: Team) -> None:
    """Predictions and outcomes come from those who run the model or govern its data."""
    wanted = (Role.OWNER, Role.OPERATOR, Role.STEWARD)
    roles.check(by, *wanted, team=team, to="file predictions or outcomes")


def check_may_give_feedback(by: User, team: Team) -> None:
    """Everybody in the team but the auditor, who changes nothing."""
    wanted = [role for role in Role if role != Role.AUDITOR]
    roles.check(by, *wanted, team=team, to="give feedback on predictions")


def check_may_create_environments(by: User) -> None:
    """Environments belong to no team; operators of any team and superusers set them up."""
    if by.is_superuser or Grant.objects.filter(user=by, role=Role.OPERATOR).exists():
        return
    raise NotPermitted(f"{by} may not create environments: that needs the role operator in a team")


def check_may_read(by: User, team: Team, to: str) -> None:
    """Anybody with a role in the team, auditors, and superusers."""
    if not roles.visible_teams(by).filter(pk=team.pk).exists():
        raise NotPermitted(f"{by} may not {to}: that needs a role in team {team}")
