"""Usage, decision times, receipts and exports. Read-only."""
