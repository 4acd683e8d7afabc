"""What every bed has: two phones, programs between them, and the places where they run."""
import contextlib

TUNNEL = 5090


class TwoPhones:
    """Who derives from it sets `parts` (every program by its id, in the order of their start), `alice`, `bob`, `_place` and `_overlay`."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Returns {id: exit code}, None for what was not started."""
        with contextlib.ExitStack() as last:
            last.callback(self._place.close)
            last.callback(self._overlay.close)
            self.alice.stop()
            self.bob.stop()
            for part in self.parts.values():
                part.ask_to_end()
            return {name: part.stop() for name, part in reversed(list(self.parts.items()))}

    def command(self, node, command):
        """What starts another program, a capture say, on a node."""
        return self._place.command(node, command)

    def tunnel_address(self, part):
        """Where a sipveil takes links as they are, host:port."""
        return f"{self.parts[part].host}:{TUNNEL}"
