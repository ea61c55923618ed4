//! Paging (AIP-158): sizes and opaque tokens that only fit the list they came from.

use super::check::At;

/// Elements a page where the caller does not say.
const USUAL: usize = 50;
/// Elements a page at most; larger wishes are cut down to it.
const MOST: usize = 1000;

/// Where a page starts and how long it is.
#[derive(Clone, Debug)]
pub struct Page {
    /// At most so many.
    pub size: usize,
    /// After this key.
    pub after: Option<String>,
    list: u32,
}

impl Page {
    /// Reads size and token; `list` names the list with all its filters.
    pub fn read(at: &At<'_>, size: i32, token: &str, list: &str) -> Option<Page> {
        let list = crc32fast::hash(list.as_bytes());
        let size = match usize::try_from(size) {
            Ok(0) => Some(USUAL),
            Ok(n) => Some(n.min(MOST)),
            Err(_) => at.field("page_size").no("is negative"),
        };
        let foreign = "is not one that this list gave: send it back unchanged, with the same filter";
        let after = match token {
            "" => Some(None),
            token => match unseal(token, list) {
                Some(key) => Some(Some(key)),
                None => at.field("page_token").no(foreign),
            },
        };
        Some(Page { size: size?, after: after?, list })
    }

    /// Whether an element with this key is on this page or a later one; keys rise along the list.
    pub fn reaches(&self, key: &str) -> bool {
        self.after.as_deref().is_none_or(|after| key > after)
    }

    /// Takes the page off `rest`, which starts behind [`Page::after`], and the token of the next one.
    pub fn take<T>(&self, rest: impl Iterator<Item = T>, key: impl Fn(&T) -> String) -> (Vec<T>, String) {
        let mut page: Vec<T> = rest.take(self.size + 1).collect();
        let more = page.len() > self.size;
        page.truncate(self.size);
        let next = page.last().filter(|_| more).map(|last| seal(&key(last), self.list));
        (page, next.unwrap_or_default())
    }
}

fn seal(key: &str, list: u32) -> String {
    let hex: String = key.bytes().map(|b| format!("{b:02x}")).collect();
    format!("{:08x}{hex}", crc32fast::hash(key.as_bytes()) ^ list)
}

fn unseal(token: &str, list: u32) -> Option<String> {
    let (sum, hex) = token.split_at_checked(8)?;
    let byte = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
    let key: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    let key = String::from_utf8(key?).ok()?;
    (seal(&key, list)[..8] == *sum).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::check::check;

    #[test]
    fn pages_follow_each_other_and_tokens_do_not_travel() {
        let all: Vec<u32> = (0..7).collect();
        let (mut token, mut seen) = (String::new(), Vec::<u32>::new());
        loop {
            let page = check(|at| Page::read(at, 3, &token, "numbers")).expect("own token");
            let after = page.after.as_ref().map_or(-1, |k| k.parse::<i64>().expect("own key"));
            let (got, next) = page.take(all.iter().filter(|n| i64::from(**n) > after), |n| n.to_string());
            seen.extend(got.into_iter().copied());
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(seen.len(), 7);
        for foreign in ["zz", "0011223344", &token[..9]] {
            assert!(check(|at| Page::read(at, 3, foreign, "numbers")).is_err());
        }
        assert!(check(|at| Page::read(at, 3, &token, "letters")).is_err());
    }
}
