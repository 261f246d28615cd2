"""The whole product before one's eyes: real parts, made-up holds, a fast clock.

`stage` sets everything up and runs it; `story` says what happens to the holds;
`receivers` and `mail_server` take the alerts; `screen` and `lines` show it.
"""
