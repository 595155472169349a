# Runs one PostgreSQL server for as long as a client process lives, then removes every trace.
#
#   $1  the instance directory: exists, belongs to the user this runs as, and is empty but for
#       `files`, which are moved into the data directory. While a client keeps `stopped` in it, the
#       server may end without an end of all, and is started again when that is removed
#   $2  seconds to wait after the last client has gone, so that the next one can take over
#   $3  initdb   $4 its options, space separated
#   $5… the command that runs the server in the foreground
#
# A client is a process that holds the FIFO `clients` open for writing, and writes one line when
# it comes. The kernel closes it however the process ends, so "no client lives" is end-of-file
# here: nothing to poll, no process id to trust.
dir=$1 linger=$2 initdb=$3 initdb_options=$4
shift 4
umask 077
trap '' HUP INT

mkfifo "$dir/clients" || exit 1
# Opening for reading alone would block until a client comes, for ever if it was just killed.
exec 3<>"$dir/clients" 4<"$dir/clients" 3>&-

stop() {
    trap '' TERM
    mv -f "$dir/clients" "$dir/closing" 2>/dev/null
    tries=0 told=
    until [ -e "$dir/exited" ] || [ "$tries" -gt 120 ]; do
        if [ -z "$told" ] && [ -s "$dir/pid" ] && read -r pid <"$dir/pid"; then
            # CONT, because a stopped process would never see QUIT (an immediate shutdown).
            kill -QUIT "$pid" 2>/dev/null
            kill -CONT "$pid" 2>/dev/null
            told=yes
        fi
        tries=$((tries + 1))
        [ "$tries" -eq 100 ] && [ -n "$told" ] && kill -KILL "$pid" 2>/dev/null
        sleep 0.05 4<&-
    done
    # A backend may still be writing its last file while the first attempt runs.
    for _ in 1 2 3 4 5; do
        rm -rf "$dir" 2>/dev/null && break
        sleep 0.2
    done
    rmdir "${dir%/*}" 2>/dev/null
    exit 0
}
trap stop TERM

# The server and initdb must not hold the reading end: "it has a reader" means "this script lives".
(
    trap '' TERM
    exec 4<&-
    # The options hold no spaces but the ones between them.
    # shellcheck disable=SC2086
    if "$initdb" -D "$dir/data" $initdb_options </dev/null >>"$dir/log" 2>&1 &&
        { [ ! -d "$dir/files" ] || mv -f "$dir/files/"* "$dir/data/" >>"$dir/log" 2>&1; } &&
        [ -e "$dir/clients" ]; then
        while :; do
            "$@" </dev/null >>"$dir/log" 2>&1 &
            echo $! >"$dir/pid"
            wait $!
            : >"$dir/pid"
            # Whoever has stopped it on purpose may start it again, for as long as there are clients.
            [ -e "$dir/stopped" ] || break
            while [ -e "$dir/stopped" ] && [ -e "$dir/clients" ]; do sleep 0.02; done
            [ -e "$dir/clients" ] || break
        done
    fi
    : >"$dir/exited"
) &

# The starter comes within milliseconds, or was killed: then nobody comes.
tries=0
until read -r _ <&4 || [ "$tries" -ge 40 ]; do
    tries=$((tries + 1))
    sleep 0.05 4<&-
done

while :; do
    while read -r _ <&4; do :; done
    sleep "$linger" 4<&-
    # Who came during the pause has left a line.
    read -r _ <&4 && continue
    # Shut the door first, then look once more: who slipped in before it closed is still served.
    mv "$dir/clients" "$dir/closing"
    while read -r _ <&4; do :; done
    break
done
stop
