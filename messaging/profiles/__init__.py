"""What people do with messaging profiles at the desk."""
