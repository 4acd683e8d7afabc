from labnet.command_line import main

raise SystemExit(main())
