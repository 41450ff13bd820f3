"""LTI 1.3 Advantage: learning platforms open the service, and grades go back to them."""
