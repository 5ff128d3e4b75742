//! Problems with the files or their folder.

use std::fs;

use chrono::{Datelike as _, Local};
use cusip_pif::Date;
use cusip_test_support::{TestDatabase, cusip_on, set_last_modified, write_synthetic_day};
use tempfile::tempdir;

use super::{assert_as_load, assert_says, delivered, doctor_on, of_day};

#[test]
fn missing_file_fails_for_a_named_day_and_warns_for_today() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    fs::remove_file(folder.path().join("CED01-15A.PIP")).unwrap();
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 4, &load);
    let says = ["CED01-15A.PIP", "found CED01-15R.PIP", "--allow-partial"];
    assert_says(&run, ("files", "missing"), "failed", &says);
    assert_says(&run, ("files", "issue"), "ok", &[]);
    let partial = [&options[..], &["--allow-partial"]].concat();
    let run = doctor_on(&database, &partial);
    run.assert_done();
    assert_says(&run, ("files", "missing"), "warning", &says);

    // This day is never today.
    let month = if Local::now().month() == 6 { 12 } else { 6 };
    let other = tempdir().unwrap();
    write_synthetic_day(other.path(), Date::new(2024, month, 15).unwrap(), 1, 1);
    let options = ["--file-dir", other.path().to_str().unwrap()];
    let run = doctor_on(&database, &options);
    run.assert_done();
    assert_says(&run, ("folder", "read"), "ok", &["bytes of"]);
    let text = cusip_on(&database, [&["doctor"], &options[..]].concat());
    let sentence = "a load would work once the day's files are there";
    assert!(text.stdout.contains(sentence), "{text:?}");
    let there = format!("found CED{month:02}-15R.PIP");
    assert_says(&run, ("files", "missing"), "warning", &[&*there, "--date"]);
}

#[test]
fn missing_folder_and_empty_folder_are_reported() {
    let (database, folder) = (TestDatabase::migrated(), tempdir().unwrap());
    let nowhere = folder.path().join("nowhere");
    let options = of_day(&nowhere, &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 4, &load);
    let says = ["nowhere", "does not exist"];
    assert_says(&run, ("folder", "list"), "failed", &says);
    assert_says(&run, ("folder", "read"), "skipped", &[]);
    assert_says(&run, ("files", "day"), "skipped", &[]);
    assert_says(&run, ("database", "disk"), "ok", &[]);

    let run = doctor_on(&database, &of_day(folder.path(), &[]));
    assert_eq!(run.code, 4, "{run:?}");
    let says = ["no PIF file", "--file-dir", "CEDmm-ddR.PIP"];
    assert_says(&run, ("folder", "list"), "failed", &says);
    // This holds for every day.
    let any_day = ["--file-dir", folder.path().to_str().unwrap()];
    let run = doctor_on(&database, &any_day);
    assert_eq!(run.code, 4, "{run:?}");
}

#[test]
fn file_of_another_year_is_refused_as_load_does() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let year_before = Date::new(2023, 1, 15).unwrap();
    set_last_modified(&folder.path().join("CED01-15E.PIP"), year_before);
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 1, &load);
    let says = ["365 days before 2024-01-15", "--max-age-days"];
    assert_says(&run, ("database", "age of files"), "failed", &says);

    let allowed = [&options[..], &["--max-age-days", "400", "--force"]].concat();
    let run = doctor_on(&database, &allowed);
    let load = cusip_on(&database, [&["load"], &allowed[..]].concat());
    assert_as_load(&run, 0, &load);

    // A load skips what it has loaded, whatever its age.
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 0, &load);
    let run = doctor_on(&database, &[&options[..], &["--force"]].concat());
    assert_says(&run, ("database", "age of files"), "failed", &says);
}

#[test]
fn older_day_is_refused_as_load_does_unless_it_is_known() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let (day, next) = (of_day(folder.path(), &[]), tempdir().unwrap());
    cusip_on(&database, [&["load"], &day[..]].concat()).assert_done();
    write_synthetic_day(next.path(), Date::new(2024, 1, 16).unwrap(), 3, 2);
    let newer = ["load", "--date", "2024-01-16", "--file-dir"];
    let newer = [&newer[..], &[next.path().to_str().unwrap()]].concat();
    cusip_on(&database, newer).assert_done();

    let run = doctor_on(&database, &day);
    let load = cusip_on(&database, [&["load"], &day[..]].concat());
    assert_as_load(&run, 0, &load);
    let earlier = ("database", "earlier loads");
    assert_says(&run, earlier, "ok", &["2024-01-16", "job 2"]);

    // A correction of the same size is not the file that was loaded.
    let issuers = folder.path().join("CED01-15R.PIP");
    let loaded = fs::read(&issuers).unwrap();
    let mut corrected = loaded.clone();
    let letter = corrected.iter().rposition(u8::is_ascii_uppercase).unwrap();
    corrected[letter] = if corrected[letter] == b'X' {
        b'Y'
    } else {
        b'X'
    };
    fs::write(&issuers, &corrected).unwrap();
    set_last_modified(&issuers, cusip_test_support::day());
    let run = doctor_on(&database, &day);
    let load = cusip_on(&database, [&["load"], &day[..]].concat());
    assert_as_load(&run, 1, &load);
    let says = ["older than 2024-01-16", "job 2", "loading issuer would"];
    assert_says(&run, earlier, "failed", &says);
    fs::write(&issuers, &loaded).unwrap();
    set_last_modified(&issuers, cusip_test_support::day());
    let forced = [&day[..], &["--force"]].concat();
    let run = doctor_on(&database, &forced);
    let load = cusip_on(&database, [&["load"], &forced[..]].concat());
    assert_as_load(&run, 1, &load);

    write_synthetic_day(folder.path(), cusip_test_support::day(), 5, 5);
    let run = doctor_on(&database, &day);
    let load = cusip_on(&database, [&["load"], &day[..]].concat());
    assert_as_load(&run, 1, &load);
    let says = ["older than 2024-01-16", "job 2", "--allow-older"];
    assert_says(&run, earlier, "failed", &says);
    let allowed = [&day[..], &["--allow-older", "--max-rejects", "1%"]].concat();
    let run = doctor_on(&database, &allowed);
    run.assert_done();
    assert_says(&run, earlier, "warning", &says);
}
