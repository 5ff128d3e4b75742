//! Clocks that jump, by libfaketime.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use cusip_test_support::{Running, TestDatabase, TestServer, program};
use fastrand::Rng;

use crate::told::Told;
use crate::world::World;

/// The dynamic linker replaces `$LIB` by the folder of this machine's architecture.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketime.so.1";

const MOST_SECONDS: i64 = 5 * 24 * 60 * 60;

/// Years before the days that are loaded, so that these are in the future.
const LONG_AGO: &str = "@2020-01-01 00:00:00";

/// Runs the server by a clock that jumps during a load. It jumps back when the server is restarted.
pub(super) fn move_server(world: &mut World, rng: &mut Rng) -> Vec<Told> {
    let clock = Clock::new(world.disk.path(), &world.database());
    world.give_server().stop();
    clock.jump(rng);
    let server = TestServer::start_by(&clock.programs, world.folder(), &[]);
    world.take_server(server);
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    clock.jump(rng);
    let told = load.end();
    world.recover();
    world.give_server().stop();
    world.start_server();
    vec![told]
}

/// Loads by a clock that is wrong by up to some days, or so slow that the day is in the future.
pub(super) fn move_loader(world: &World, rng: &mut Rng) -> Vec<Told> {
    let is_long_ago = rng.bool();
    let time = if is_long_ago {
        LONG_AGO.to_owned()
    } else {
        offset(rng)
    };
    let mut command = program("cusip");
    command
        .args(world.load().into_iter().chain(world.options()))
        .envs([("LD_PRELOAD", LIBRARY), ("DONT_FAKE_MONOTONIC", "1")])
        .env("FAKETIME", time);
    let run = Running::start_command(command).end();
    if is_long_ago {
        run.assert_fails(1, &["is in the future"]);
    }
    vec![Told::by_exit(&run)]
}

fn offset(rng: &mut Rng) -> String {
    format!("{:+}s", rng.i64(-MOST_SECONDS..=MOST_SECONDS))
}

/// Programs of PostgreSQL that ask a file for the time.
struct Clock {
    programs: PathBuf,
    offset: PathBuf,
}

impl Clock {
    fn new(folder: &Path, database: &TestDatabase) -> Self {
        let bin = "select setting from pg_config where name = 'BINDIR'";
        let bin = &database.query(bin)[0][0];
        let (programs, offset) = (folder.join("programs"), folder.join("clock"));
        fs::create_dir_all(&programs).expect("the disk is ours");
        for name in ["initdb", "postgres"] {
            let script = format!(
                "#!/bin/sh\nexport LD_PRELOAD='{LIBRARY}' DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1\n\
                 export FAKETIME_TIMESTAMP_FILE='{}'\nexec '{bin}/{name}' \"$@\"\n",
                offset.display()
            );
            let path = programs.join(name);
            fs::write(&path, script).expect("the disk is ours");
            fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("the file is ours");
        }
        Self { programs, offset }
    }

    fn jump(&self, rng: &mut Rng) {
        // At once, because the server may be reading it.
        let new = self.offset.with_extension("new");
        fs::write(&new, offset(rng)).expect("the disk is ours");
        fs::rename(new, &self.offset).expect("the disk is ours");
    }
}
