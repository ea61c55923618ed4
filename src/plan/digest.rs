//! A checksum of a board: equal on equal boards, whichever way they came about.

use crate::board::Board;
use std::io::{self, Write};

/// Counts and sums what is written to it.
#[derive(Default)]
struct Sum {
    crc: crc32fast::Hasher,
    bytes: u64,
}

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.crc.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Length and CRC-32 of the board's JSON, whose maps are all ordered.
pub fn digest(board: &Board) -> String {
    let mut sum = Sum::default();
    serde_json::to_writer(&mut sum, board).expect("a board has a serde form");
    format!("{:x}-{:08x}", sum.bytes, sum.crc.finalize())
}
