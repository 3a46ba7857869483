"""What people and other apps can ask of governance."""
