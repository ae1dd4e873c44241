"""``python -m symbrain`` is ``symbrain``."""

import sys

from symbrain.cli import main

sys.exit(main())
