#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cusip_fuzz::run("settings", data));
