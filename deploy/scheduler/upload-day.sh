#!/bin/sh
# Uploads the three files of a day to the bucket, all of them checked first.
#
#   upload-day.sh [--date YYYY-MM-DD] FOLDER      default: today
#
# CUSIP_S3_BUCKET and CUSIP_S3_PREFIX (default pif/) say where to. Credentials, region and endpoint are
# those of the AWS command line, which it needs: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3 and so on.
#
# Nothing is uploaded unless all three files are there, are not empty, do not grow and have their
# trailer. Issuers go first, then issues, then attributes: whoever looks at the bucket in between finds
# no record without the one that it refers to, and a load of the day in between finds a file missing.
# A file that is there already with the same content is left alone, so that running this again is safe
# and makes no new versions.
#
# Ends with 0 only if all three are there. 2: wrong usage. 4: a file is missing or not whole. 1: else.
set -eu

complain() {
    printf 'upload-day: %s\n' "$1" >&2
}

wrong_usage() {
    complain "$1"
    sed -n '2,/^# Ends/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Tells whether a text is a day of the calendar, by what `date` makes of it (GNU's, then BSD's).
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

# Finds a day's file of a kind, whose name may be in either case, in the folder. Fails unless there is one.
find_file() {
    found=
    for candidate in "$folder"/*; do
        if [ -f "$candidate" ] && [ "$(basename "$candidate" | tr '[:lower:]' '[:upper:]')" = "$1" ]; then
            if [ -n "$found" ]; then
                complain "$found and $candidate are both $1; remove the one that is not meant"
                return 1
            fi
            found=$candidate
        fi
    done
    if [ -z "$found" ]; then
        complain "there is no $1 in $folder"
        return 1
    fi
    printf '%s\n' "$found"
}

# Tells what is wrong with a file. The trailer is the last line that is not empty; DOS may have put a
# 0x1A behind it.
check() {
    if [ ! -r "$1" ]; then
        complain "$1 may not be read"
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
            complain "$1 has no trailer (999999): it was cut off, or is still being written"
            return 1
            ;;
    esac
}

# Asks for an object's size and the SHA-256 that it was uploaded with; fails if there is none.
describe() {
    answer=$(aws s3api head-object --bucket "$CUSIP_S3_BUCKET" --key "$1" \
        --query '[ContentLength, Metadata.sha256]' --output text 2>"$scratch/head") || return 1
    printf '%s\n' "$answer" | tr '\t' ' '
}

upload() {
    file=$1 key=$2 wanted=$3
    if found=$(describe "$key") && [ "$found" = "$wanted" ]; then
        printf 'there already: s3://%s/%s\n' "$CUSIP_S3_BUCKET" "$key"
        return 0
    fi
    # One request, which puts the whole object there or nothing, and whose content S3 verifies.
    if ! aws s3api put-object --bucket "$CUSIP_S3_BUCKET" --key "$key" --body "$file" \
        --checksum-algorithm SHA256 --metadata "sha256=${wanted#* }" >/dev/null; then
        complain "cannot upload $file to s3://$CUSIP_S3_BUCKET/$key"
        return 1
    fi
    if ! found=$(describe "$key"); then
        complain "uploaded $file, but cannot look at s3://$CUSIP_S3_BUCKET/$key: $(cat "$scratch/head")"
        return 1
    fi
    if [ "$found" != "$wanted" ]; then
        complain "s3://$CUSIP_S3_BUCKET/$key is not what was uploaded: size and SHA-256 are $found, not $wanted"
        return 1
    fi
    if [ "$(size "$file")" != "${wanted%% *}" ]; then
        complain "$file changed while it was uploaded; upload again when it is whole"
        return 1
    fi
    printf 'uploaded: s3://%s/%s (%s bytes)\n' "$CUSIP_S3_BUCKET" "$key" "${wanted%% *}"
}

day=$(date +%Y-%m-%d)
folder=
while [ $# -gt 0 ]; do
    case $1 in
        --date)
            [ $# -ge 2 ] || wrong_usage '--date needs a day'
            day=$2
            shift
            ;;
        --date=*) day=${1#--date=} ;;
        -*) wrong_usage "$1 is no option" ;;
        *)
            [ -z "$folder" ] || wrong_usage "one folder, not $folder and $1"
            folder=$1
            ;;
    esac
    shift
done
[ -n "$folder" ] || wrong_usage 'which folder?'
is_day "$day" || wrong_usage "$day is no day of the calendar, as YYYY-MM-DD"
[ -n "${CUSIP_S3_BUCKET:-}" ] || wrong_usage 'CUSIP_S3_BUCKET is not set'
# As the service reads it: slashes around it do not matter, and one alone is the bucket's root.
prefix=${CUSIP_S3_PREFIX:-pif/}
while [ "${prefix#/}" != "$prefix" ]; do prefix=${prefix#/}; done
while [ "${prefix%/}" != "$prefix" ]; do prefix=${prefix%/}; done
prefix=$prefix${prefix:+/}
[ -d "$folder" ] || wrong_usage "$folder is no folder"
command -v aws >/dev/null 2>&1 || wrong_usage 'there is no command aws; install the AWS command line'

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
        complain "$file is still being written; upload again when it is whole"
        exit 4
    fi
    upload "$file" "$prefix$name" "$wanted" || exit 1
done
