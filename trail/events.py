"""The events the trail itself records. An event is `app.noun.verb`."""

ROW_INSERTED = "trail.row.inserted"
ROW_UPDATED = "trail.row.updated"
ROW_DELETED = "trail.row.deleted"
KEY_ADDED = "trail.key.added"
VERIFIED = "trail.log.verified"
ROW_ADOPTED = "trail.row.adopted"
CAPTURE_CHANGED = "trail.capture.changed"
