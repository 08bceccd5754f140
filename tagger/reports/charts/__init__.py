"""The charts of a page, drawn by matplotlib as SVG that takes its colours from the page."""
