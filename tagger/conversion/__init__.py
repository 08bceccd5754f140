"""Labelled text from one form of file to another, and what is lost on the way."""
