"""What is missing -> pages: resumable, newest first."""
