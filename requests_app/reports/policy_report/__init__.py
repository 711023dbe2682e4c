"""What a report tells the owners of a policy: requests, spending, use, and what ended or will."""
