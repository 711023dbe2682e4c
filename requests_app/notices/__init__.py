"""Who is notified of what: the registry, the outbox, and the channels that deliver it."""
