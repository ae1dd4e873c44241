"""The symmetry laboratory: ways of teaching a network that left mirrors right, each small, behind one interface.

``mechanism.py`` says what a mechanism may give, ``models.py`` what it is tried on, ``catalogue.py`` which there are.
``PYTHONPATH=benchmarks python -m symmetry.ablation`` tries them all and goes on where it stopped.
"""
