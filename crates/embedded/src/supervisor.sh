# shellcheck shell=sh
# Runs a PostgreSQL server for as long as its owner lives.
#   sh -c "$(cat keeper.sh)" cusip-keeper RUN_FOLDER DATA_FOLDER INITDB INITDB_OPTIONS POSTGRES...
# Standard input is a pipe whose other end the owner alone holds and never writes to: it ends when
# the owner closes it or dies, however it dies. Standard output and error are the server's log.
run_folder=$1 data_folder=$2 initdb=$3 initdb_options=$4
shift 4

# They are the owner's to answer; it speaks through the pipe. The server sets its own handlers.
trap '' HUP INT TERM
exec 3<&0 </dev/null

{
    # Under another name until complete: an interrupted initdb is never taken for a data folder.
    # $initdb_options is several words, none of them of the user's making.
    if [ ! -e "$data_folder" ]; then
        # shellcheck disable=SC2086
        rm -rf "$data_folder.new" &&
            "$initdb" $initdb_options --pgdata="$data_folder.new" >/dev/null &&
            mv "$data_folder.new" "$data_folder" || exit
    fi
    exec "$@"
} 3<&- &
server=$!

# Fast shutdown, again and again: a signal that comes during `initdb`, or before the server has set
# its handlers, is lost. Output is not the log, whose lock is for the server's processes to hold.
{
    read -r _ <&3
    while kill -INT "$server"; do sleep 1; done
} >/dev/null 2>&1 &
watcher=$!

wait "$server"
status=$?
# All that is left of the process group: the watcher, perhaps with a `sleep`, and this shell.
trap '' USR1
kill -USR1 0
wait "$watcher" 2>/dev/null
rm -rf "$run_folder"
exit "$status"
