//! Counts the records of an issue file, for a web page.

use std::sync::Mutex;

use cusip_pif::{Issue, SliceReader};

static FILE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Makes room for a file, and returns where the page puts it.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(bytes: usize) -> *mut u8 {
    let mut file = FILE.lock().unwrap();
    *file = vec![0; bytes];
    file.as_mut_ptr()
}

/// Returns how many records are good, or -1 if the file was cut off.
#[unsafe(no_mangle)]
pub extern "C" fn good_records() -> i32 {
    let file = FILE.lock().unwrap();
    let summary = SliceReader::<Issue>::new(&file).finish();
    summary.map_or(-1, |summary| (summary.data_records - summary.bad_records) as i32)
}
