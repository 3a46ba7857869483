"""What can be the case when a run or a report is asked for."""

from people.errors import Conflict, Malformed, RequirementsNotMet


class UnknownKind(Malformed):
    """There is no run of that kind."""


class UnknownSubject(Malformed):
    """A spec names something that does not exist, or that its author may not see."""


class RunHasEnded(Conflict):
    """The run is over; nothing about it changes any more."""


class ReportNotDraft(Conflict):
    """The report has been accepted or returned already."""


class NotIndependent(RequirementsNotMet):
    """The rows a check would measure on are not independent of those trained on."""


class SensitiveInput(RequirementsNotMet):
    """A model would be given a sensitive feature as an input."""


class GateClosed(Conflict):
    """The deployed version has no valid certificate for its environment now."""


class LeaseLost(Exception):
    """Another worker has the run, or will: this one may write nothing more about it."""
