"""What requesters do: write, attach files, invite, submit, withdraw, appeal, extend."""
