"""What people decided: the Django app with the models."""
