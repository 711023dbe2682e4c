"""Everything that checks an input before it is stored; it never writes."""
