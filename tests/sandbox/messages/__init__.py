"""Messages: eight ways to send, reading and canceling, what phones do, detail records, and traffic."""
