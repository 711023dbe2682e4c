"""The list of requests on the desk: columns, filters, dates."""
