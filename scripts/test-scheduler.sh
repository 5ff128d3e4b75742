#!/bin/sh
# Tests the scheduler's scripts from end to end: the AWS command line uploads files to moto, an imitation
# of S3, and the real API loads them from there into a real database.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
need curl
environment=$(scripts/python-environment.sh scheduler)
cargo build --locked --package cusip-api --package cusip-cli
programs=$target/debug
scheduler=$PWD/deploy/scheduler

moto='' api='' impostor=''
# Replaces the one of lib.sh.
clean_up() {
    for process in $impostor $api $moto; do
        stop "$process"
    done
    delete_folder
}
use_temporary_folder

# Runs a command, and checks its exit code and that its output matches a pattern.
expect() {
    code=$1 says=$2
    shift 2
    printf '%s, %s: ' "$code" "$says"
    ended=0
    "$@" >"$folder/output" 2>&1 || ended=$?
    if [ "$ended" -ne "$code" ] || ! grep -q -e "$says" "$folder/output"; then
        fail "but it was $ended: $*" "$folder/output"
    fi
    echo 'as expected'
}

# Starts the API with these flags, instead of the one before.
start_api() {
    [ -z "$api" ] || stop "$api"
    : >"$folder/api.log"
    CUSIP_API_TOKEN=$token "$programs/cusip-api" --embedded="$folder/server" --bind 127.0.0.1:0 \
        --log info --log-format json "$@" >"$folder/api.log" 2>&1 &
    api=$!
    CUSIP_API_URL=http://$(find_in_log "$folder/api.log" '127\.0\.0\.1:[1-9][0-9]*')
    export CUSIP_API_URL
    await curl --fail --silent --output "$folder/ready" "$CUSIP_API_URL/ready" ||
        fail 'the API does not get ready:' "$folder/api.log"
}

PATH=$environment/bin:$PATH
unset AWS_PROFILE AWS_SESSION_TOKEN
"$environment/bin/moto_server" --host 127.0.0.1 --port 0 >"$folder/moto.log" 2>&1 &
moto=$!
AWS_ENDPOINT_URL_S3=$(find_in_log "$folder/moto.log" 'http://127\.0\.0\.1:[0-9]*')
export AWS_ENDPOINT_URL_S3 AWS_ACCESS_KEY_ID=scheduler AWS_SECRET_ACCESS_KEY=secret
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true HOME="$folder"
export CUSIP_FILE_SOURCE=s3 CUSIP_S3_BUCKET=cusip-pif-files CUSIP_S3_REGION=us-east-1
export CUSIP_S3_ENDPOINT="$AWS_ENDPOINT_URL_S3"
aws s3api create-bucket --bucket "$CUSIP_S3_BUCKET" >/dev/null
aws s3api put-bucket-versioning --bucket "$CUSIP_S3_BUCKET" --versioning-configuration Status=Enabled

# Records the arguments of every call of curl. The token must not be among them.
token=very-secret-token
curl=$(command -v curl)
mkdir "$folder/bin"
cat >"$folder/bin/curl" <<END
#!/bin/sh
printf '%s\n' "\$*" >>"$folder/curl.log"
exec "$curl" "\$@"
END
chmod +x "$folder/bin/curl"

day=$(date -u +%Y-%m-%d)
"$programs/cusip" synth "$folder/files" --date "$day" --issuers 200 --issues-per-issuer 5 >/dev/null
issues=$(echo "$folder"/files/*E.PIP)
upload() {
    "$scheduler/upload-day.sh" --date "$day" "$folder/files"
}
upload_below() {
    (
        export CUSIP_S3_PREFIX="$1"
        upload
    )
}
trigger_as() {
    as=$1
    shift
    PATH="$folder/bin:$PATH" CUSIP_API_TOKEN="$as" "$scheduler/trigger-load.sh" --retry 0 "$@"
}
trigger() {
    trigger_as "$token" "$@"
}
versions() {
    aws s3api list-object-versions --bucket "$CUSIP_S3_BUCKET" --query 'Versions[].Size' \
        --output text | grep -o '[0-9][0-9]*' | wc -l | tr -d ' '
}

step 'an incomplete day is not uploaded'
cp "$issues" "$folder/whole"
rm "$issues"
expect 4 'is missing in' upload
head -n 100 "$folder/whole" >"$issues"
expect 4 'has no trailer' upload
: >"$issues"
expect 4 'is empty' upload
cp "$folder/whole" "$issues"
lower_case=$folder/files/$(basename "$issues" | tr '[:upper:]' '[:lower:]')
cp "$issues" "$lower_case"
expect 4 'are both CED' upload
rm "$lower_case"
expect 0 '^0$' versions
expect 2 'not a calendar date' "$scheduler/upload-day.sh" --date 2024-02-30 "$folder/files"

step 'what the API refuses'
start_api
expect 4 '404' trigger --date "$day"
expect 2 '401' trigger_as wrong --date "$day"
expect 2 '400' trigger --date 2024-02-30

step 'a day is uploaded, loaded, and recognized'
expect 0 'uploaded: ' upload
expect 0 'unchanged: ' upload
expect 0 '^3$' versions
# The upload treats a prefix as the service does.
for prefix in '' pif pif/ /pif//; do
    expect 0 'unchanged: s3://cusip-pif-files/pif/CED' upload_below "$prefix"
done
expect 0 'uploaded: s3://cusip-pif-files/CED' upload_below /
expect 0 '^6$' versions
# The user's settings for curl are ignored.
echo fail >"$HOME/.curlrc"
expect 0 '"success": *true' trigger --date "$day"
expect 0 'skipped' trigger --date "$day"

# deploy/service.yaml turns these lines into metrics and alarms.
loads() {
    grep -c -e "\"fields\":{\"message\":\"load ended\",\"status\":\"$1\"}" "$folder/api.log"
}
expect 0 '^2$' loads succeeded

step 'the health check of a container'
"$programs/cusip-api" --check-live --bind "${CUSIP_API_URL#http://}"
expect 1 'no response' "$programs/cusip-api" --check-live --bind 127.0.0.1:1

step 'the same when the API answers 202'
start_api --wait-seconds 0
expect 0 'the load is still running: ' trigger --date "$day" --force

step 'a day with a reject'
awk -F '|' -v OFS='|' 'NR == 7 { $11 = "2024-02-30" } { print }' "$folder/whole" >"$issues"
expect 0 'uploaded: ' upload
expect 3 'reject' trigger --date "$day"
start_api
expect 3 'reject' trigger --date "$day"
expect 0 '^1$' loads failed
expect 2 'needs a number' trigger --date "$day" --max-rejects 01
expect 2 'a percentage' trigger --date "$day" --max-rejects 'x%'
expect 0 '"rows_rejected": *1' trigger --date "$day" --max-rejects 50.5%
expect 0 '"rows_rejected": *1' trigger --date "$day" --max-rejects 1 --force

step 'a 200 from something else, and a signal during a pause of a minute'
cat >"$folder/impostor.py" <<'END'
import http.server

class Impostor(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        goes_on = self.path.startswith("/slow/")
        self.send_response(202 if goes_on else 200)
        if goes_on:
            self.send_header("Location", "/jobs/1")
            self.send_header("Retry-After", "60")
        self.end_headers()
        self.wfile.write(b"<html>Log in</html>")

server = http.server.HTTPServer(("127.0.0.1", 0), Impostor)
print(f"127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
END
python3 "$folder/impostor.py" >"$folder/impostor.log" 2>&1 &
impostor=$!
impostor_url=http://$(find_in_log "$folder/impostor.log" '^127\.0\.0\.1:[0-9]*$')
trigger_impostor() {
    (
        CUSIP_API_URL=$impostor_url
        trigger --date "$day"
    )
}
expect 1 'not from the API' trigger_impostor
mkdir "$folder/scratch"
asked=$(date +%s)
CUSIP_API_URL=$impostor_url/slow CUSIP_API_TOKEN=$token TMPDIR=$folder/scratch \
    "$scheduler/trigger-load.sh" >"$folder/slow.log" 2>&1 &
trigger=$!
find_in_log "$folder/slow.log" 'the load is still running' >/dev/null
kill -TERM "$trigger"
ended=0
wait "$trigger" || ended=$?
if [ "$ended" -ne 130 ] || [ $(($(date +%s) - asked)) -ge 60 ]; then
    fail "ended with $ended after $(($(date +%s) - asked)) seconds"
fi
rmdir "$folder/scratch"
kill "$impostor"

step 'no API'
kill "$api"
wait "$api"
api=''
expect 5 'no response' trigger --date "$day"

if grep -q "$token" "$folder/curl.log"; then
    fail 'the token was in an argument of curl'
fi
echo "none of the $(wc -l <"$folder/curl.log") calls of curl had the token in its arguments"
