"""What was promised about models and whether it is kept: the ledger, the scorecard of notice."""
