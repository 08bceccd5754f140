"""Annotated documents in each form."""
