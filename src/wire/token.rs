//! Resume tokens: where a stream stands in a region's journal, opaque to who holds it.
//!
//! A token carries the sequence, the checksum of the record there (so that a journal restored from a backup,
//! which may have given the number to something else, is told apart) and a digest of the request it was given
//! to. It grants nothing: it is checked so that mistakes are found, and is not a secret.

use super::status::Resume;

/// Where a stream stands: behind the record `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Sequence of the last record that was looked at.
    pub seq: u64,
    /// Checksum of its payload.
    pub mark: u32,
}

/// Writes a token for the request with this digest.
pub fn seal(standing: Standing, request: u32) -> String {
    let body = format!("{:016x}{:08x}{request:08x}", standing.seq, standing.mark);
    format!("{body}{:08x}", crc32fast::hash(body.as_bytes()))
}

/// Reads a token that was given to the request with this digest.
///
/// # Errors
/// [`Resume::Forged`] or [`Resume::Foreign`].
pub fn unseal(token: &str, request: u32) -> Result<Standing, Resume> {
    let plain = token.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let (body, sum) = token.split_at_checked(32).filter(|_| plain).ok_or(Resume::Forged)?;
    if sum != format!("{:08x}", crc32fast::hash(body.as_bytes())) {
        return Err(Resume::Forged);
    }
    let number = |range| u64::from_str_radix(&body[range], 16).map_err(|_| Resume::Forged);
    let (seq, mark, of) = (number(0..16)?, number(16..24)? as u32, number(24..32)? as u32);
    if of == request { Ok(Standing { seq, mark }) } else { Err(Resume::Foreign) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_written_and_spoilt_ones_are_found() {
        let standing = Standing { seq: 1_234_567, mark: 0xdead_beef };
        let token = seal(standing, 7);
        assert_eq!(unseal(&token, 7), Ok(standing));
        assert_eq!(unseal(&token, 8), Err(Resume::Foreign));
        for i in 0..token.len() {
            let mut spoilt = token.clone().into_bytes();
            spoilt[i] = if spoilt[i] == b'0' { b'1' } else { b'0' };
            assert_eq!(unseal(std::str::from_utf8(&spoilt).unwrap(), 7), Err(Resume::Forged));
        }
        for rubbish in ["", "x", &token[1..], &token.to_uppercase(), "\u{e9}".repeat(20).as_str()] {
            assert_eq!(unseal(rubbish, 7), Err(Resume::Forged));
        }
    }
}
