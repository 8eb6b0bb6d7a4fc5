# Sourced by the scripts beside it: finds a Python, makes environments, times steps.

# An active environment or path of the caller must not decide what is tested.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX PIP_TARGET PIP_PREFIX PIP_USER
unset PYTHONDONTWRITEBYTECODE # else each of hundreds of processes would compile torch anew

# Prints the first interpreter that works, is 3.11 or later, and can make environments.
# Each candidate is run, because a version manager's shim may exist and yet refuse to start.
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "error: Python 3.11 or later with its venv module is needed, and none was found" \
        "(install one, or name it: PYTHON=/path/to/python3 $0)" >&2
    return 2
}

# step NAME COMMAND...: runs quietly; one line with the time, the output only on failure.
step() {
    local name=$1 start=$SECONDS status=0 log
    shift
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if ((status)); then
        cat "$log" >&2
        printf '%-28s FAILED (%d s)\n' "$name" $((SECONDS - start)) >&2
    else
        printf '%-28s ok (%d s)\n' "$name" $((SECONDS - start))
    fi
    rm -f "$log"
    return "$status"
}

# install FOLDER WHAT...: modules are compiled when they are first imported, which most are not.
install() {
    local folder=$1
    shift
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile "$@"
}

# make_environment FOLDER WHAT...: a fresh environment with what is named.
make_environment() {
    local folder=$1 python
    shift
    python=$(find_python)
    rm -rf "$folder"
    step "environment $folder" "$python" -m venv "$folder"
    step "install in $folder" install "$folder" "$@"
}

# keep_environment FOLDER KEY WHAT...: the same, kept until the key or the Python is another.
# The file `installed` holds both, and is written last: it marks an environment that is whole.
keep_environment() {
    local folder=$1 key python
    python=$(find_python)
    key=$("$python" --version; echo "$2")
    shift 2
    if [ "$(cat "$folder/installed" 2>/dev/null)" != "$key" ]; then
        make_environment "$folder" "$@"
        echo "$key" >"$folder/installed"
    fi
}

# test_environment: .venv-test, whose packages stay while pyproject.toml is the same. The wheel
# of counterpoise is made anew each time, and is not editable: what is tested is what a user gets,
# so a file missing from the wheel shows.
test_environment() {
    keep_environment .venv-test "$(cat pyproject.toml)" ".[test]"
    step "wheel" install .venv-test --force-reinstall --no-deps --no-build-isolation .
}
