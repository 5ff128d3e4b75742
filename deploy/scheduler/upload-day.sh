#!/bin/sh
# Uploads the three files of a day to the bucket, after checking all of them.
#
#   upload-day.sh [--date YYYY-MM-DD] FOLDER      default: today
#
# CUSIP_S3_BUCKET and CUSIP_S3_PREFIX (default pif/) say where to. The script needs the AWS command line and
# uses its credentials, region, and endpoint: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3, and so on.
#
# Nothing is uploaded unless all three files exist, are not empty, are not growing, and have their trailer.
# Issuers are uploaded first, then issues, then attributes. So at no time does the bucket have a record
# without the one that it refers to, and a load that runs too early finds a file missing. A file that is
# already in the bucket with the same content is not uploaded again, so it is safe to run this again, and no
# new versions appear.
#
# Exit codes: 0 all three files are in the bucket. 2 wrong usage. 4 a file is missing or incomplete. 1 any
# other error.
set -eu

complain() {
    printf 'upload-day: %s\n' "$1" >&2
}

wrong_usage() {
    complain "$1"
    sed -n '2,/^# other error/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Succeeds if the text is a calendar date. Tries GNU date, then BSD date.
is_day() {
    case $1 in
        [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) ;;
        *) return 1 ;;
    esac
    [ "$(date -d "$1" +%Y-%m-%d 2>/dev/null || date -j -f %Y-%m-%d "$1" +%Y-%m-%d 2>/dev/null)" = "$1" ]
}

size() {
    wc -c <"$1" | tr -d ' '
}

sha_256() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1"
    else
        shasum -a 256 <"$1"
    fi | cut -d ' ' -f 1
}

# Prints the path of the file in the folder that has this name in any case. Fails unless there is exactly
# one.
find_file() {
    found=
    for candidate in "$folder"/*; do
        if [ -f "$candidate" ] && [ "$(basename "$candidate" | tr '[:lower:]' '[:upper:]')" = "$1" ]; then
            if [ -n "$found" ]; then
                complain "$found and $candidate are both $1; remove one of them"
                return 1
            fi
            found=$candidate
        fi
    done
    if [ -z "$found" ]; then
        complain "$1 is missing in $folder"
        return 1
    fi
    printf '%s\n' "$found"
}

# Fails with a message if a file is not complete. The trailer is the last line that is not empty. DOS may
# have added a 0x1A after it.
check() {
    if [ ! -r "$1" ]; then
        complain "cannot read $1"
        return 1
    fi
    if [ ! -s "$1" ]; then
        complain "$1 is empty"
        return 1
    fi
    last=$(tail -c 65536 "$1" | LC_ALL=C tr -d '\000\r\032' | LC_ALL=C sed '/^$/d' | tail -n 1)
    case $last in
        '999999|'* | 999999) ;;
        *)
            complain "$1 has no trailer (999999): it was cut off or is still being written"
            return 1
            ;;
    esac
}

# Prints the size of an object and the SHA-256 that it was uploaded with. Fails if the object does not exist.
describe() {
    answer=$(aws s3api head-object --bucket "$CUSIP_S3_BUCKET" --key "$1" \
        --query '[ContentLength, Metadata.sha256]' --output text 2>"$scratch/head") || return 1
    printf '%s\n' "$answer" | tr '\t' ' '
}

upload() {
    file=$1 key=$2 wanted=$3
    if found=$(describe "$key") && [ "$found" = "$wanted" ]; then
        printf 'unchanged: s3://%s/%s\n' "$CUSIP_S3_BUCKET" "$key"
        return 0
    fi
    # A single request creates the whole object or nothing, and S3 verifies its content.
    if ! aws s3api put-object --bucket "$CUSIP_S3_BUCKET" --key "$key" --body "$file" \
        --checksum-algorithm SHA256 --metadata "sha256=${wanted#* }" >/dev/null; then
        complain "cannot upload $file to s3://$CUSIP_S3_BUCKET/$key"
        return 1
    fi
    if ! found=$(describe "$key"); then
        complain "uploaded $file, but cannot read s3://$CUSIP_S3_BUCKET/$key: $(cat "$scratch/head")"
        return 1
    fi
    if [ "$found" != "$wanted" ]; then
        complain "s3://$CUSIP_S3_BUCKET/$key differs from what was uploaded: size and SHA-256 are $found, not $wanted"
        return 1
    fi
    if [ "$(size "$file")" != "${wanted%% *}" ]; then
        complain "$file changed during the upload; run this again when the file is complete"
        return 1
    fi
    printf 'uploaded: s3://%s/%s (%s bytes)\n' "$CUSIP_S3_BUCKET" "$key" "${wanted%% *}"
}

day=$(date +%Y-%m-%d)
folder=
while [ $# -gt 0 ]; do
    case $1 in
        --date)
            [ $# -ge 2 ] || wrong_usage '--date needs a date'
            day=$2
            shift
            ;;
        --date=*) day=${1#--date=} ;;
        -*) wrong_usage "unknown option $1" ;;
        *)
            [ -z "$folder" ] || wrong_usage "expected one folder, but got $folder and $1"
            folder=$1
            ;;
    esac
    shift
done
[ -n "$folder" ] || wrong_usage 'the folder is missing'
is_day "$day" || wrong_usage "$day is not a calendar date (YYYY-MM-DD)"
[ -n "${CUSIP_S3_BUCKET:-}" ] || wrong_usage 'CUSIP_S3_BUCKET is not set'
# The same as in the service: slashes around the prefix do not matter, and / is the root of the bucket.
prefix=${CUSIP_S3_PREFIX:-pif/}
while [ "${prefix#/}" != "$prefix" ]; do prefix=${prefix#/}; done
while [ "${prefix%/}" != "$prefix" ]; do prefix=${prefix%/}; done
prefix=$prefix${prefix:+/}
[ -d "$folder" ] || wrong_usage "$folder is not a folder"
command -v aws >/dev/null 2>&1 || wrong_usage 'the AWS command line (aws) is not installed'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM

month_and_day=${day#*-}
whole=yes
for letter in R E A; do
    name="CED$month_and_day$letter.PIP"
    if file=$(find_file "$name"); then
        check "$file" || whole=no
        printf '%s %s\n' "$(size "$file")" "$(sha_256 "$file")" >"$scratch/$letter"
    else
        whole=no
    fi
done
[ "$whole" = yes ] || exit 4

for letter in R E A; do
    name="CED$month_and_day$letter.PIP"
    file=$(find_file "$name")
    wanted=$(cat "$scratch/$letter")
    if [ "$(size "$file")" != "${wanted%% *}" ]; then
        complain "$file is still being written; run this again when the file is complete"
        exit 4
    fi
    upload "$file" "$prefix$name" "$wanted" || exit 1
done
