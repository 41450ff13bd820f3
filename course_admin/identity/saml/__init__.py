"""Logging in by SAML, an extra: loaded only where `ASSAY_SAML_ENTITY_ID` is set."""
