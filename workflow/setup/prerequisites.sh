#!/bin/sh
# Prints the absolute path of the Python to make .venv with or, when something is missing, one
# line that says what. An argument that is not empty is the only Python considered.
# Run in the checkout.

if ! command -v git >/dev/null; then
    echo "git is missing and Snakemake needs it: install git"
    exit
fi

case $PWD in
*\ *)
    echo "Snakemake runs no script under a path with a space ($PWD): move or rename the folder"
    exit
    ;;
esac

# In words that an old Python understands too.
probe='
import sys
version = "%d.%d" % sys.version_info[:2]
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    print("is " + version)
else:
    try:
        import ensurepip, venv
        print(sys.executable)
    except ImportError:
        print("lacks venv: on Debian or Ubuntu, apt install python%s-venv" % version)
'
[ -n "$1" ] || set -- python3.11 python3.12 python3.13 python3

found=
for python; do
    if ! command -v "$python" >/dev/null; then
        answer="is not there"
    else
        answer=$("$python" -c "$probe" 2>/dev/null) || answer="does not run"
    fi
    case $answer in
    /*) echo "$answer" && exit ;;
    esac
    found="$found${found:+; }$python $answer"
done
echo "Python 3.11, 3.12 or 3.13 is needed ($found):" \
    "install one, or name one with PYTHON=/path/to/python"
