"""Messages: eight ways to send, reading and cancelling, what handsets do, detail records, and traffic."""
