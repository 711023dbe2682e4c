"""What only the demo's site has: signing in as anybody, and a mailbox of all mails."""
