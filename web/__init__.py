"""The pages: HTTP in, use cases called, HTML and JSON out. Nothing here sends an alert.

A request reads, or commits one fact; sending what follows from it is the worker's.
"""
