"""Who changed what: a row for every change of a watched table, written by PostgreSQL and sealed a day at a time."""
