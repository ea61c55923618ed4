//! Bugs planted on purpose, so that it is seen that the tests catch them: `cargo test --features planted --test
//! planted`. Without that feature [`is`] is false and nothing of this is left in the program.

/// Every planted bug: its name, and where it is.
pub const PLANTED: [(&str, &str); 8] = [
    ("certificate-level", "a licence of the first level is taken for one of the second"),
    ("release-loses", "parts given back are not free again"),
    ("consume-twice", "a part that was used leaves the van twice"),
    ("carry-doubles", "parts carried to a van stay at the depot too"),
    ("index-stale", "the index is not told where a technician is"),
    ("unjournalled", "a command changes the board beside its events"),
    ("duplicate-job", "a job that is there is taken in again"),
    ("bound-short", "the bound forgets most of everybody's hours"),
];

#[cfg(feature = "planted")]
mod on {
    use std::sync::Mutex;

    static WHICH: Mutex<&str> = Mutex::new("");

    /// Plants this bug, and no other; none where empty.
    pub fn plant(name: &'static str) {
        *WHICH.lock().expect("nobody panics with it") = name;
    }

    /// Whether this bug is planted.
    pub fn is(name: &str) -> bool {
        *WHICH.lock().expect("nobody panics with it") == name
    }
}

#[cfg(feature = "planted")]
pub use on::{is, plant};

/// Whether this bug is planted: never.
#[cfg(not(feature = "planted"))]
pub const fn is(_: &str) -> bool {
    false
}
