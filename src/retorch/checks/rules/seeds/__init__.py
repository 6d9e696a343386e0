"""Seeds that come too late or too often, and settings that take repeatability back."""
