use std::os::unix::fs::symlink;

use super::*;

/// Programs that answer `--version` as the real ones do. Written by another process: one that this
/// process had open for writing could not be run while a test beside it forks.
fn install(folder: &Path, programs: &[&str], version: &str) {
    fs::create_dir_all(folder).unwrap();
    for program in programs {
        let status = Command::new("sh")
            .args(["-c", r#"printf '%s' "$2" >"$1" && chmod 755 "$1""#, "sh"])
            .arg(folder.join(program))
            .arg(format!(
                "#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n"
            ))
            .status()
            .unwrap();
        assert!(status.success());
    }
}

fn server(parent: &Path, name: &str, version: &str) -> PathBuf {
    let folder = parent.join(name);
    install(&folder, &PROGRAMS, version);
    fs::canonicalize(folder).unwrap()
}

#[test]
fn versions_of_all_builds_are_understood() {
    for (line, major, text) in [
        (
            "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
            15,
            "15.18",
        ),
        ("postgres (PostgreSQL) 17.2 (Homebrew)\n", 17, "17.2"),
        ("postgres (PostgreSQL) 18beta1\n", 18, "18beta1"),
        ("postgres (PostgreSQL) 9.6.24\n", 9, "9.6.24"),
    ] {
        let version = Version::parse(line).unwrap();
        assert_eq!((version.major, version.text.as_str()), (major, text));
    }
    assert_eq!(Version::parse("postgres: command not found\n"), None);
}

#[test]
fn variable_that_is_wrong_is_named_even_if_a_server_is_installed_elsewhere() {
    let error =
        Installations::find_in(Some("/nonexistent/bin".into()), env::var_os("PATH")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "CUSIP_POSTGRES_BIN is '/nonexistent/bin', which has no working `postgres` and `initdb`; \
         set it to the folder that has them, or unset it to let them be looked for"
    );
}

#[test]
fn variable_wins_over_everything_else() {
    let root = tempfile::tempdir().unwrap();
    let chosen = server(root.path(), "chosen", "16.1");
    let on_path = server(root.path(), "path", "17.1");
    let found = Installations::find_in(Some(chosen.clone().into()), Some(on_path.into())).unwrap();
    assert_eq!(found.preferred().unwrap().folder, chosen);
}

#[test]
fn pg_config_wins_over_the_path_it_was_found_on() {
    let root = tempfile::tempdir().unwrap();
    let on_path = server(root.path(), "path", "17.1");
    let told = server(root.path(), "told", "16.1");
    install(&on_path, &["pg_config"], "");
    fs::remove_file(on_path.join("pg_config")).unwrap();
    let status = Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\necho "%s"\n' "$2" >"$1"; chmod 755 "$1""#,
            "sh",
        ])
        .args([&on_path.join("pg_config"), &told])
        .status()
        .unwrap();
    assert!(status.success());
    let found = Installations::find_in(None, Some(on_path.into())).unwrap();
    assert_eq!(found.preferred().unwrap().folder, told);
}

#[test]
fn folder_of_client_programs_is_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let client = root.path().join("client");
    install(&client, &["psql", "postgres"], "17.1");
    let complete = server(root.path(), "server", "16.1");
    let found = Installations::among(vec![client, complete.clone()]).unwrap();
    assert_eq!(found.preferred().unwrap().folder, complete);
}

#[test]
fn links_are_followed_to_the_real_folder() {
    let root = tempfile::tempdir().unwrap();
    let real = server(root.path(), "real", "16.1");
    let links = root.path().join("links");
    fs::create_dir(&links).unwrap();
    symlink(real.join("postgres"), links.join("postgres")).unwrap();
    let found = Installations::among(vec![links]).unwrap();
    assert_eq!(found.preferred().unwrap().folder, real);
}

#[test]
fn server_that_is_new_enough_wins_over_an_earlier_one_that_is_not() {
    let root = tempfile::tempdir().unwrap();
    let old = server(root.path(), "old", "14.9");
    let new = server(root.path(), "new", "15.0");
    let found = Installations::among(vec![old, new.clone()]).unwrap();
    assert_eq!(found.preferred().unwrap().folder, new);
}

#[test]
fn too_old_server_is_reported_with_its_version_and_folder() {
    let root = tempfile::tempdir().unwrap();
    let old = server(root.path(), "old", "14.9");
    let error = Installations::among(vec![old.clone()])
        .unwrap()
        .preferred()
        .unwrap_err();
    let expected = format!(
        "PostgreSQL 15 or newer is needed, but the newest found is 14.9 in '{}'; ",
        old.display()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn missing_server_is_reported_with_the_folders_and_how_to_install_it() {
    let error =
        Installations::among(vec!["/a/bin".into(), "/b/bin".into(), "/a/bin".into()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no PostgreSQL server is installed: looked for `postgres` and `initdb` in '/a/bin', '/b/bin'; \
         install it (`apt-get install postgresql` on Debian and Ubuntu, \
         `dnf install postgresql-server` on Fedora, `brew install postgresql@17` on macOS), \
         or set CUSIP_POSTGRES_BIN to the folder that has them"
    );
}

#[test]
fn data_is_served_by_the_version_that_made_it() {
    let root = tempfile::tempdir().unwrap();
    let newer = server(root.path(), "newer", "17.1");
    let same = server(root.path(), "same", "16.4");
    let found = Installations::among(vec![newer, same.clone()]).unwrap();
    assert_eq!(
        found.for_data(Path::new("/data"), "16").unwrap().folder,
        same
    );
}

#[test]
fn data_of_a_version_not_installed_is_reported_with_both_versions() {
    let root = tempfile::tempdir().unwrap();
    let found = Installations::among(vec![server(root.path(), "bin", "17.1")]).unwrap();
    let error = found
        .for_data(Path::new("/data"), "16")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("'/data' was made by PostgreSQL 16, which cannot be found"),
        "{error}"
    );
    assert!(error.contains("there is 17.1 in"), "{error}");
}

#[test]
fn newest_of_a_packages_folders_comes_first() {
    let root = tempfile::tempdir().unwrap();
    for name in [
        "postgresql@9.6",
        "postgresql@16",
        "postgresql@17",
        "postgresql@old",
        "other@18",
    ] {
        fs::create_dir(root.path().join(name)).unwrap();
    }
    let folders = versioned_folders(root.path(), "postgresql@", "bin");
    let expected =
        ["17", "16", "9.6"].map(|version| root.path().join(format!("postgresql@{version}/bin")));
    assert_eq!(folders, expected);
}
