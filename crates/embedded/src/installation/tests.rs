use std::os::unix::fs::symlink;

use super::*;

/// Creates programs that answer `--version` as the real ones do.
///
/// Another process writes them. If this process had them open for writing while another test forks,
/// they could not be executed.
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
fn versions_of_all_builds_are_parsed() {
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
fn folder_without_a_server_is_an_error_even_if_one_is_installed_elsewhere() {
    let error = Installations::find(Some(Path::new("/nonexistent/bin"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "'/nonexistent/bin' has no working `postgres` and `initdb`; name the folder that has them, \
         or no folder to search the usual ones"
    );
}

#[test]
fn given_folder_overrides_the_search() {
    let root = tempfile::tempdir().unwrap();
    let chosen = server(root.path(), "chosen", "16.1");
    let found = Installations::find(Some(&chosen)).unwrap();
    assert_eq!(found.preferred().unwrap().folder, chosen);
}

#[test]
fn pg_config_is_preferred_to_the_folder_that_contains_it() {
    let root = tempfile::tempdir().unwrap();
    let on_path = server(root.path(), "path", "17.1");
    let configured = server(root.path(), "configured", "16.1");
    install(&on_path, &["pg_config"], "");
    fs::remove_file(on_path.join("pg_config")).unwrap();
    let status = Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\necho "%s"\n' "$2" >"$1"; chmod 755 "$1""#,
            "sh",
        ])
        .args([&on_path.join("pg_config"), &configured])
        .status()
        .unwrap();
    assert!(status.success());
    let found = Installations::search(Some(on_path.into())).unwrap();
    assert_eq!(found.preferred().unwrap().folder, configured);
}

#[test]
fn folder_of_client_programs_is_skipped() {
    let root = tempfile::tempdir().unwrap();
    let client = root.path().join("client");
    install(&client, &["psql", "postgres"], "17.1");
    let complete = server(root.path(), "server", "16.1");
    let found = Installations::from_candidates(vec![client, complete.clone()]).unwrap();
    assert_eq!(found.preferred().unwrap().folder, complete);
}

#[test]
fn symbolic_links_are_resolved() {
    let root = tempfile::tempdir().unwrap();
    let real = server(root.path(), "real", "16.1");
    let links = root.path().join("links");
    fs::create_dir(&links).unwrap();
    symlink(real.join("postgres"), links.join("postgres")).unwrap();
    let found = Installations::from_candidates(vec![links]).unwrap();
    assert_eq!(found.preferred().unwrap().folder, real);
}

#[test]
fn too_old_server_is_skipped() {
    let root = tempfile::tempdir().unwrap();
    let old = server(root.path(), "old", "14.9");
    let new = server(root.path(), "new", "15.0");
    let found = Installations::from_candidates(vec![old, new.clone()]).unwrap();
    assert_eq!(found.preferred().unwrap().folder, new);
}

#[test]
fn too_old_server_is_reported_with_its_version_and_folder() {
    let root = tempfile::tempdir().unwrap();
    let old = server(root.path(), "old", "14.9");
    let error = Installations::from_candidates(vec![old.clone()])
        .unwrap()
        .preferred()
        .unwrap_err();
    let expected = format!(
        "PostgreSQL 15 or newer is required, but the newest found is 14.9 in '{}'; ",
        old.display()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn missing_server_is_reported_with_the_folders_and_how_to_install_it() {
    let error =
        Installations::from_candidates(vec!["/a/bin".into(), "/b/bin".into(), "/a/bin".into()])
            .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no PostgreSQL server is installed: looked for `postgres` and `initdb` in '/a/bin', '/b/bin'; \
         install it (`apt-get install postgresql` on Debian and Ubuntu, \
         `dnf install postgresql-server` on Fedora, `brew install postgresql@17` on macOS), \
         or name the folder that has them"
    );
}

#[test]
fn data_is_served_by_the_version_that_created_it() {
    let root = tempfile::tempdir().unwrap();
    let newer = server(root.path(), "newer", "17.1");
    let same = server(root.path(), "same", "16.4");
    let found = Installations::from_candidates(vec![newer, same.clone()]).unwrap();
    assert_eq!(
        found.for_data(Path::new("/data"), "16").unwrap().folder,
        same
    );
}

#[test]
fn data_of_a_missing_version_is_reported_with_both_versions() {
    let root = tempfile::tempdir().unwrap();
    let found = Installations::from_candidates(vec![server(root.path(), "bin", "17.1")]).unwrap();
    let error = found
        .for_data(Path::new("/data"), "16")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("'/data' was created by PostgreSQL 16, but only 17.1 in"),
        "{error}"
    );
}

#[test]
fn newest_folder_of_a_package_comes_first() {
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
