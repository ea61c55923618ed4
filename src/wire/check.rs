//! Checked conversion: walks a request and collects every violation with its field path.
//!
//! A path costs nothing until something is wrong: steps are linked on the stack and spelt out only then.

use super::status::Failure;
use crate::board::refusal::Violation;
use std::cell::RefCell;
use std::fmt::Write;

/// The most violations one answer tells: enough for any form, bounded for hostile input.
const TOLD: usize = 100;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub struct Check {
    found: RefCell<Vec<Violation>>,
}

/// A place in a request.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    check: &'a Check,
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

/// Runs a conversion from the root of a request.
///
/// # Errors
/// [`Failure::Malformed`] with all that was found wrong.
pub fn check<T>(convert: impl FnOnce(&At<'_>) -> Option<T>) -> Result<T, Failure> {
    let check = Check::default();
    let value = convert(&At { check: &check, parent: None, step: Step::Root });
    let found = check.found.into_inner();
    match value {
        Some(value) if found.is_empty() => Ok(value),
        _ => {
            assert!(!found.is_empty(), "a conversion that fails says why");
            Err(Failure::Malformed(found))
        }
    }
}

impl<'a> At<'a> {
    /// A field of the message here.
    pub fn field(&'a self, name: &'a str) -> At<'a> {
        At { check: self.check, parent: Some(self), step: Step::Field(name) }
    }

    /// An element of the list here.
    pub fn index(&'a self, i: usize) -> At<'a> {
        At { check: self.check, parent: Some(self), step: Step::Index(i) }
    }

    /// Notes what is wrong here.
    pub fn wrong(&self, description: impl Into<String>) {
        let mut found = self.check.found.borrow_mut();
        if found.len() < TOLD {
            found.push(Violation { field: self.path(), description: description.into() });
        }
    }

    /// Notes what is wrong here; for the ends of `Option` chains.
    pub fn no<T>(&self, description: impl Into<String>) -> Option<T> {
        self.wrong(description);
        None
    }

    /// The message in an optional field, which has to be there.
    pub fn need<'m, T>(&self, value: &'m Option<T>) -> Option<&'m T> {
        value.as_ref().or_else(|| self.no("has to be set"))
    }

    /// Converts every element, and says so where there are too many or one is wrong.
    pub fn each<M, T>(
        &self,
        list: &[M],
        most: usize,
        convert: impl Fn(&At<'_>, &M) -> Option<T>,
    ) -> Option<Vec<T>> {
        if list.len() > most {
            return self.no(format!("has {} elements: at most {most} are taken", list.len()));
        }
        // every element is looked at, so that every violation is told
        let all: Vec<Option<T>> = list.iter().enumerate().map(|(i, m)| convert(&self.index(i), m)).collect();
        all.into_iter().collect()
    }

    /// As [`At::each`], and notes every element whose key, at `field` of it, occurred before.
    pub fn each_once<'m, M, K: Ord, T>(
        &self,
        list: &'m [M],
        most: usize,
        (field, key): (&str, impl Fn(&'m M) -> K),
        convert: impl Fn(&At<'_>, &M) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut seen = std::collections::BTreeSet::new();
        for (i, element) in list.iter().enumerate().take_while(|_| list.len() <= most) {
            if !seen.insert(key(element)) {
                let at = self.index(i);
                if field.is_empty() {
                    at.wrong("occurs twice")
                } else {
                    at.field(field).wrong("occurs twice")
                }
            }
        }
        self.each(list, most, convert)
    }

    fn path(&self) -> String {
        let mut path = self.parent.map(At::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Field(name) if path.is_empty() => path.push_str(name),
            Step::Field(name) => write!(path, ".{name}").expect("strings take all"),
            Step::Index(i) => write!(path, "[{i}]").expect("strings take all"),
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_told_with_its_path() {
        let result = check(|at| {
            let job = at.field("job");
            let windows = job.field("windows");
            windows.each(
                &[1, 0, 0],
                3,
                |at, n| if *n == 0 { at.field("end").no("is zero") } else { Some(()) },
            )
        });
        let Err(Failure::Malformed(found)) = result else { panic!("has to be refused") };
        let paths: Vec<&str> = found.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(paths, ["job.windows[1].end", "job.windows[2].end"]);
    }
}
