"""Who is told what: the ledger of notices and the channels that carry them."""
