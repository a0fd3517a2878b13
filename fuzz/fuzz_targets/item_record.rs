#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::item_record::check(data));
