"""Rules that only read: permissions, eligibility, conflicts, quorum, conditions, waitlist."""
