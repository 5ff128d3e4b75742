//! A small disk that can be filled.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use cusip_test_support::open_folder;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use tempfile::TempDir;

use crate::tally::say;

/// Enough for two servers with their logs, and little enough to be filled at once.
const SIZE: &str = "size=1g,mode=755";

/// A file system in memory. Only root can mount one; for other users, it is a folder that is never full.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: TempDir,
    is_mounted: bool,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let folder = open_folder();
        let is_root = rustix::process::geteuid().is_root();
        if !is_root {
            say("FillDisk only loads: to mount a disk that can be filled, run the soak as root");
        }
        if is_root {
            let options = ["-t", "tmpfs", "-o", SIZE, "cusip-soak"];
            let mounted = Command::new("mount")
                .args(options)
                .arg(folder.path())
                .status();
            assert!(mounted.expect("mount is installed").success());
        }
        Self {
            folder,
            is_mounted: is_root,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills the disk except for this many bytes, until the result is dropped. Returns `None` if it
    /// cannot be filled.
    pub(crate) fn fill(&self, left: u64) -> Option<Ballast> {
        if !self.is_mounted {
            return None;
        }
        let path = self.path().join("ballast");
        let file = File::create(&path).expect("the disk is ours");
        let space = statvfs(self.path()).expect("the disk is there");
        let free = (space.f_bavail * space.f_frsize).saturating_sub(left);
        fallocate(&file, FallocateFlags::empty(), 0, free.max(1))
            .expect("there is that much space");
        Some(Ballast { path })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            // Processes of servers may still be ending.
            let _ = Command::new("umount")
                .arg("--lazy")
                .arg(self.folder.path())
                .status();
        }
    }
}

/// What fills a disk.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
}

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
