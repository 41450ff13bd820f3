"""The services that a platform offers by LTI Advantage: line items, scores and results; names and roles."""
