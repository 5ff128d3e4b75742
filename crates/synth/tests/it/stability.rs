//! Equal options give the same bytes, in this run and in every release.

use cusip_pif::FileKind;
use cusip_synth::Sequence;
use sha2::{Digest, Sha256};

use crate::{day, file, options};

const SHOWN_LINES: usize = 24;

/// Compares digests of whole files. If this test fails, fix the generator and not the digests: we
/// promise that the files never change.
#[test]
fn files_are_the_same_as_in_earlier_releases() {
    let day = day(options().with_changed_per_mille(20));
    let digests = FileKind::ALL.map(|kind| format!("{kind} {}", digest(&file(&day, kind))));
    insta::assert_snapshot!(digests.join("\n"), @"
    issuer e95d2dcd33d47abcaa5e1a8a227872a6145bc3f0142945fb8b5534907daf509a
    issue ce191385a76cf7ef48ae990c3549f3894fbb96499b2d9557f80e4586ee216a47
    issue_attr c45231dc8a8d09554b5c027df66ec334c98ea8e85d37822ea5fd2fc7b5e28373
    ");
}

/// The same promise for the days of a sequence.
#[test]
fn days_of_a_sequence_are_the_same_as_in_earlier_releases() {
    let sequence = Sequence::new(options().with_changed_per_mille(100), 5).unwrap();
    let last = sequence.days().last().unwrap();
    let digests = FileKind::ALL.map(|kind| format!("{kind} {}", digest(&file(&last, kind))));
    insta::assert_snapshot!(digests.join("\n"), @"
    issuer 25554df7e1ebd3f3f84df756be392bef79e1471b9db406f94f468596c812f4c6
    issue 61a72dfdcf23bbd6958aaa5074b2cab7ca8fd256e965965d8ee65e86ff4d4cd7
    issue_attr 4baefd925aafcff83a822acc02e627a8faebc103a85cd9ad3b911cd11f4757f7
    ");
}

#[test]
fn lines_from_all_parts_of_the_files_are_the_same_as_in_earlier_releases() {
    for kind in FileKind::ALL {
        let file = String::from_utf8(file(&day(options()), kind)).unwrap();
        let lines: Vec<&str> = file.lines().collect();
        let shown: Vec<&str> = lines
            .iter()
            .step_by(lines.len() / SHOWN_LINES)
            .copied()
            .collect();
        insta::assert_snapshot!(format!("lines_{kind}"), shown.join("\n"));
    }
}

#[test]
fn two_runs_give_the_same_files() {
    for kind in FileKind::ALL {
        assert_eq!(file(&day(options()), kind), file(&day(options()), kind));
    }
}

#[test]
fn another_seed_gives_other_files() {
    for kind in FileKind::ALL {
        assert_ne!(
            file(&day(options()), kind),
            file(&day(options().with_seed(8)), kind)
        );
    }
}

fn digest(file: &[u8]) -> String {
    let digest = Sha256::digest(file);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
