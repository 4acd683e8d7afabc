"""Verdicts for people (text, Markdown) and for programs (JSON)."""
import dataclasses

from leakaudit import linkage
from leakaudit.matrix import MAY, MUST

# found, expected -> what stands in the table
_SIGNS = {(True, MUST): "yes", (True, MAY): "may", (False, MAY): "-", (False, "never"): "-", (True, "never"): "LEAK",
          (False, MUST): "MISSING"}
_MOST_GROUPS = 40


def cell(verdict, fact, vantage):
    expected = verdict.matrix.cells[fact, vantage].expected
    if verdict.record.plan.only and (fact, vantage) not in verdict.found:
        return "-"  # of some scenarios it cannot be said what they must show
    return _SIGNS[(fact, vantage) in verdict.found, expected]


def table(verdict):
    """[[text]]: a head and a row for each fact that was planted."""
    planted = {one.fact for one in verdict.record.canaries}
    head = ["", *verdict.matrix.vantages]
    return [head, *([fact, *(cell(verdict, fact, vantage) for vantage in verdict.matrix.vantages)]
                    for fact in verdict.matrix.facts if fact in planted)]


def text(verdict):
    lines = [f"== {verdict.record.plan.name}", ""]
    lines += _aligned(table(verdict))
    lines += ["", "yes: found, as it must be   may: found, as it may be   -: not found"]
    lines.append(_seen(verdict))
    lines += [f"sockets of {name}: {', '.join(f'{count} {what}' for what, count in sorted(used.items())) or 'none'}"
              for name, used in verdict.record.sockets.items()]
    lines += _complaints(verdict)
    lines.append(summary(verdict))
    return "\n".join(lines)


def summary(verdict):
    if verdict.clean:
        return (f"clean: {len(verdict.record.canaries)} canaries in {len(verdict.record.outcomes)} scenarios, "
                f"{verdict.record.packets} packets")
    missing = sum(not one.found for one in verdict.differences)
    return (f"NOT CLEAN: {len(verdict.leaks)} leaks of {len(grouped(verdict.leaks))} canaries, {missing} facts not found where they "
            f"must be, {len(verdict.links)} links, {len(verdict.problems)} problems")


def _seen(verdict):
    parts = []
    for name, seen in verdict.looked_at.items():
        count = f"{seen['messages']} messages in {seen['dialogs']} dialogs" if seen["messages"] else f"{seen['bytes']} bytes"
        parts.append(f"{name} {count}")
    return "looked at: " + ", ".join(parts)


def _complaints(verdict):
    lines = []
    groups = grouped(verdict.leaks)
    for group in groups[:_MOST_GROUPS]:
        lines += ["", *finding(group[0]), *_elsewhere(group)]
    if len(groups) > _MOST_GROUPS:
        lines += ["", f"... and {len(groups) - _MOST_GROUPS} canaries more; --json FILE has every place"]
    for one in verdict.differences:
        if not one.found:
            lines += ["", f"MISSING {one.fact} at {one.vantage}: it must be there, because {one.reason}"]
    for link, count in linkage.shown(verdict.links):
        lines += ["", f"LINK {link.what}: {link.word}{f' and {count - 1} more like it' if count > 1 else ''}",
                  f"  {link.first}", f"  {link.second}"]
    return [*lines, *(["", *(f"PROBLEM {one}" for one in verdict.problems)] if verdict.problems else []), ""]


def grouped(leaks):
    """[[Finding]]: those of one canary in one encoding together."""
    groups = {}
    for one in leaks:
        groups.setdefault((one.canary, one.encoding), []).append(one)
    return list(groups.values())


def _elsewhere(group):
    if len(group) == 1:
        return []
    kinds = dict.fromkeys(one.kind or one.where for one in group)
    return [f"  in all: {sum(one.count for one in group)} times at {', '.join(dict.fromkeys(one.vantage for one in group))}",
            f"  in {', '.join(kinds)}"]


def finding(one):
    """Lines about one evidence.Finding."""
    times = f" ({one.count} times)" if one.count > 1 else ""
    place = f"{one.where}, offset {one.offset}" + (f", frame {one.frame}" if one.frame else "")
    lines = [f"LEAK {one.fact or one.canary} at {one.vantage}{times}: {one.canary}, {one.encoding}",
             f"  {place}" + (f", in {one.scenario}" if one.scenario else "")]
    return lines + ([f"  {one.message}"] if one.message else []) + [f"  > {one.excerpt}"]


def _aligned(rows):
    """Vantage points are long words: their heads stand aslant, one below the other, with a line down to their column."""
    names = rows[0][1:]
    width = max(len(row[0]) for row in rows)
    lines = [f"{'':{width}} {'    |   ' * index}    {name}" for index, name in enumerate(names)]
    return lines + [f"{row[0]:{width}} " + "".join(f"{sign:^8}" for sign in row[1:]).rstrip() for row in rows[1:]]


def markdown(verdicts):
    """A document with a table for each run."""
    parts = ["# Who learnt what", "", "Made by `scripts/leak-audit`. *yes*: found, as it must be; *may*: found, as it may be; "
             "-: not found; **LEAK**: found and forbidden; **MISSING**: not found where it must be.", ""]
    for verdict in verdicts:
        rows = table(verdict)
        parts += [f"## {verdict.record.plan.name}", "", f"{summary(verdict)}.", "",
                  "| fact | " + " | ".join(rows[0][1:]) + " |", "|" + "---|" * len(rows[0])]
        parts += ["| " + " | ".join(f"**{one}**" if one.isupper() else one for one in row) + " |" for row in rows[1:]]
        parts += ["", *(line for group in grouped(verdict.leaks)[:_MOST_GROUPS]
                        for line in ("```", *finding(group[0]), *_elsewhere(group), "```"))]
        parts += [f"- {problem}" for problem in verdict.problems] + [""]
    if verdicts:
        parts += ["## The vantage points", ""]
        parts += [f"- **{name}**: {meaning}" for name, meaning in verdicts[0].matrix.vantages.items()]
        parts += ["", "## The facts", "", *(f"- **{name}**: {meaning}" for name, meaning in verdicts[0].matrix.facts.items()), ""]
    return "\n".join(parts)


def as_json(verdicts):
    """What --json writes: `leaks`, `dialogs`, `canaries`, `matrix` over all runs, and each run."""
    return {"leaks": sum(len(one.leaks) for one in verdicts), "clean": all(one.clean for one in verdicts),
            "dialogs": sum(max((seen["dialogs"] for seen in one.looked_at.values()), default=0) for one in verdicts),
            "canaries": sum(len(one.record.canaries) for one in verdicts),
            "matrix": {one.record.plan.name: _matrix(one) for one in verdicts}, "runs": [_run(one) for one in verdicts]}


def _matrix(verdict):
    rows = table(verdict)
    return {row[0]: dict(zip(rows[0][1:], row[1:])) for row in rows[1:]}


def _run(verdict):
    record = verdict.record
    return {"run": record.plan.name, "clean": verdict.clean, "leaks": [dataclasses.asdict(one) for one in verdict.leaks],
            "differences": [dataclasses.asdict(one) for one in verdict.differences], "problems": verdict.problems,
            "links": [dataclasses.asdict(one) for one in verdict.links], "looked_at": verdict.looked_at,
            "scenarios": record.outcomes, "silent": record.silent, "packets": record.packets, "sockets": record.sockets,
            "canaries": len(record.canaries), "files": str(record.folder)}
