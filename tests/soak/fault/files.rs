//! Files that are damaged, stale or of another day.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::told::Told;
use crate::world::World;

/// Longer than the week that a file may be away from its day.
const STALE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A file with its content, which is put back when this is dropped.
struct Original {
    path: PathBuf,
    content: Vec<u8>,
}

impl Original {
    fn of_any(world: &World, rng: &mut Rng) -> Self {
        let path = rng.choice(world.files()).expect("there are three").clone();
        let content = fs::read(&path).expect("it was written");
        Self { path, content }
    }

    /// Replaces the content, and keeps the time of the last modification.
    fn replace(&self, content: &[u8]) {
        let modified = modified(&self.path);
        fs::write(&self.path, content).expect("the file is ours");
        set_modified(&self.path, modified);
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        self.replace(&self.content);
    }
}

/// Cuts a file off before its trailer.
pub(super) fn cut_off(world: &World, rng: &mut Rng) -> Vec<Told> {
    let original = Original::of_any(world, rng);
    original.replace(&original.content[..rng.usize(..original.content.len() - 30)]);
    let run = world.cusip(world.load());
    assert_ne!(run.code, 0, "{run:?}");
    vec![Told::NothingLoaded]
}

/// Cuts a file off while a load may be reading it.
pub(super) fn cut_off_meanwhile(world: &World, rng: &mut Rng) -> Vec<Told> {
    let original = Original::of_any(world, rng);
    let load = world.start_command();
    thread::sleep(world.moment(rng));
    original.replace(&original.content[..rng.usize(..original.content.len() - 30)]);
    let run = load.end();
    let is_refused = [1, 3].contains(&run.code);
    vec![if is_refused {
        Told::NothingLoaded
    } else {
        Told::by_exit(&run)
    }]
}

/// Gives a record too few fields.
pub(super) fn break_records(world: &World, rng: &mut Rng) -> Vec<Told> {
    let original = Original::of_any(world, rng);
    let line = original.content.iter().position(|&byte| byte == b'\n');
    let others = &original.content[line.expect("there are records")..];
    original.replace(&[b"too|few", others].concat());
    let run = world.cusip(world.load());
    run.assert_fails(3, &["were rejected"]);
    vec![Told::NothingLoaded]
}

pub(super) fn make_stale(world: &World, rng: &mut Rng) -> Vec<Told> {
    let path = rng.choice(world.files()).expect("there are three");
    let time = modified(path);
    set_modified(path, time + STALE);
    let run = world.cusip(world.load());
    set_modified(path, time);
    run.assert_fails(1, &["--max-age-days"]);
    vec![Told::NothingLoaded]
}

/// Loads the day before once more, if there is one, which would undo rows of the day.
pub(super) fn load_day_before(world: &World) -> Vec<Told> {
    let told = world.load_in_peace();
    if let Some(load) = world.load_of_day_before() {
        let run = world.cusip(load.into_iter().chain(["--force".to_owned()]));
        run.assert_fails(1, &["--allow-older"]);
    }
    vec![told]
}

fn modified(path: &Path) -> std::time::SystemTime {
    fs::metadata(path)
        .and_then(|file| file.modified())
        .expect("it was written")
}

fn set_modified(path: &Path, time: std::time::SystemTime) {
    let file = File::options()
        .append(true)
        .open(path)
        .expect("it was written");
    file.set_modified(time).expect("the file is ours");
}
