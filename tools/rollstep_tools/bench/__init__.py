"""`rollstep bench numbers`: what rollstep's numbers cost, beside C in the same run.

numbers (the rows, their targets, the table), measure (two sides in turns), steps and twins.c (what is measured, in Python
and in C), twins (compiling and calling the C), cold and arena.txt (a cold compilation). Both sides of a row must give the
same bytes, or nothing is printed. Uses `rollstep.compile` and `rollstep.runner` beside the public names: it calls machine
code by its address.
"""
