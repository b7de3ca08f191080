"""What people do with alphanumeric senders at the desk."""
