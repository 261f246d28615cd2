"""What is printed: the roster, the hand-over between shifts, the proof of notice.

A paper shows what was on record at one instant, in black, with no countdown and no
person's name. All of them take `now`: the same record and the same `now` give the
same paper.
"""
