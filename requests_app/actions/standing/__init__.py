"""Standing rules, their lists, and the access that members start by them."""
