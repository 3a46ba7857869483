"""What people and the clock may ask of audits."""
