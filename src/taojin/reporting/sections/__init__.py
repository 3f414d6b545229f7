"""One module a section of the report: from a stage's report to what is shown."""
