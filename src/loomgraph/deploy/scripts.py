"""Scripts for a POSIX shell: thin fronts of ``loomgraph deploy``, and one that runs a program with a project's
settings. Text from a ``Deployment``; this module must not know what the commands do."""

from __future__ import annotations

import shlex

from loomgraph.deploy.plan import GENERATED, Deployment

WITH_ENV = "with-env.sh"
_HEAD = f"""\
#!/bin/sh
{GENERATED}# {{what}}
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
"""
# file → what it does, command, whether it takes one name
_FRONTS = {
    "start-all.sh": ("Start all.", "start", False),
    "stop-all.sh": ("Stop all.", "stop", False),
    "status.sh": ("What runs.", "status", None),
    "start-instance.sh": ("Start one: start-instance.sh NAME", "start", True),
    "stop-instance.sh": ("Stop one: stop-instance.sh NAME", "stop", True),
}

# Reads lines as `deploy/dotenv.py` writes them: no word of a file is expanded or run.
_READER = r"""
file=$here/$1/.env
shift
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
        '' | '#'*) continue ;;
        [A-Za-z_]*=*) ;;
        *) echo "$0: no line of a file of variables in $file" >&2; exit 2 ;;
    esac
    name=${line%%=*}
    value=${line#*=}
    case $name in
        *[!A-Za-z0-9_]*) echo "$0: no name of a variable in $file" >&2; exit 2 ;;
    esac
    case $value in
        \'*\') value=${value#?}; value=${value%?} ;;
        \"*\")
            rest=${value#?}
            rest=${rest%?}
            value=
            while :; do
                case $rest in
                    *\\*) ;;
                    *) break ;;
                esac
                value=$value${rest%%\\*}
                rest=${rest#*\\}
                after=${rest#?}
                value=$value${rest%"$after"}
                rest=$after
            done
            value=$value$rest
            ;;
    esac
    export "$name=$value"
done <"$file"
exec "$@"
"""


def scripts(deployment: Deployment) -> dict[str, str]:
    """The text of each script by the name of its file."""
    program = shlex.quote(deployment.run.program)
    found = {}
    for name, (what, command, one) in _FRONTS.items():
        head = _HEAD.format(what=what)
        if one:
            head += f'[ "$#" -ge 1 ] || {{ echo "usage: {name} NAME" >&2; exit 2; }}\n'
        every = " --all" if one is False else ""
        found[name] = f'{head}exec {program} deploy {command} --dir "$here"{every} "$@"\n'
    usage = f'[ "$#" -ge 2 ] || {{ echo "usage: {WITH_ENV} NAME PROGRAM [ARGUMENT…]" >&2; exit 2; }}\n'
    what = f"Run a program with the settings of a project: {WITH_ENV} NAME PROGRAM [ARGUMENT…]"
    found[WITH_ENV] = _HEAD.format(what=what) + usage + _READER.lstrip("\n")
    return found
