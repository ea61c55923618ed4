#![no_main]

#[path = "../swallow.rs"]
#[allow(dead_code)]
mod swallow;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = swallow::pbf(data);
});
