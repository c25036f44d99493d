#!/bin/sh
# Start a command of manage.py as the user PUID:PGID (1000:1000), never as root.
# With "user:" in a compose file this is that user already, and PUID and PGID mean nothing.
set -eu

if [ "$(id -u)" = 0 ]; then
    PUID="${PUID:-1000}" PGID="${PGID:-1000}"
    case "$PUID$PGID" in *[!0-9]*) echo "PUID and PGID must be numbers." >&2; exit 2 ;; esac
    if [ "$PUID" = 0 ]; then
        echo "PUID must not be 0: this does not run as root." >&2
        exit 2
    fi
    mkdir -p "$DATA_DIR"
    # Only what is not yet theirs: a data folder may hold many thumbnails.
    find "$DATA_DIR" \( ! -user "$PUID" -o ! -group "$PGID" \) -exec chown -h "$PUID:$PGID" {} +
    exec setpriv --reuid "$PUID" --regid "$PGID" --clear-groups --no-new-privs \
        --inh-caps=-all --bounding-set=-all "$0" "$@"
fi

# Of several containers the server's migrates; a worker that comes earlier ends, and is started anew.
if [ "${1:-}" = serve ]; then
    python manage.py migrate --verbosity 0
fi
exec python manage.py "$@"
