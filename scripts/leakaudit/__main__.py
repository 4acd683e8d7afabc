import sys

from leakaudit.command_line import main

sys.exit(main())
