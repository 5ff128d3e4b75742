# shellcheck shell=sh
# Runs a PostgreSQL server for as long as it has users.
#   sh -c "$(cat supervisor.sh)" cusip-supervisor RUN_FOLDER DATA_FOLDER INITDB INITDB_OPTIONS POSTGRES...
# Standard input is a pipe. Each user holds its other end, so it ends when all of them have closed it or
# have died. A user that shares a running server writes its process id, and a file in the run folder
# confirms that the server will stay. Standard output and error are the server's log.
run_folder=$1 data_folder=$2 initdb=$3 initdb_options=$4
shift 4

# The users handle these signals, and leave. The server sets its own handlers.
trap '' HUP INT TERM
exec 3<&0 </dev/null

{
    # Uses another name until complete, so that the result of an interrupted initdb is never used.
    # $initdb_options is several words, all of them ours.
    if [ ! -e "$data_folder" ]; then
        # shellcheck disable=SC2086
        rm -rf "$data_folder.new" &&
            "$initdb" $initdb_options --pgdata="$data_folder.new" >/dev/null &&
            mv "$data_folder.new" "$data_folder" || exit
    fi
    exec "$@"
} 3<&- &
server=$!

# Requests a fast shutdown again and again, because a signal during `initdb`, or before the server has
# set its handlers, is lost. Does not write to the log: only the server's processes may hold its lock.
{
    while read -r user <&3; do true >"$run_folder/joined.$user"; done
    while kill -INT "$server"; do sleep 1; done
} >/dev/null 2>&1 &
watcher=$!

wait "$server"
status=$?
# Only the watcher, maybe with a `sleep`, and this shell are left in the process group.
trap '' USR1
kill -USR1 0
wait "$watcher" 2>/dev/null
rm -rf "$run_folder"
exit "$status"
