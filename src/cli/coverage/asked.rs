//! What is said on the command line, read.

use super::super::Error;
use crate::wire::v1;
use std::collections::BTreeSet;

/// `14`, `8..18` (both ends) or `8,9,17`.
pub fn hours(said: &str) -> Result<Vec<i32>, Error> {
    let wrong = || Error::unusable(format!("--hour {said:?}: say 14, 8..18 or 8,9,17, each in 0..23"));
    let hour = |text: &str| text.trim().parse::<i32>().ok().filter(|h| (0..24).contains(h)).ok_or_else(wrong);
    if let Some((from, to)) = said.split_once("..") {
        let (from, to) = (hour(from)?, hour(to.trim_start_matches('='))?);
        return if from <= to { Ok((from..=to).collect()) } else { Err(wrong()) };
    }
    let all: BTreeSet<i32> = said.split(',').map(hour).collect::<Result<_, _>>()?;
    Ok(all.into_iter().collect())
}

/// Numbers of the classes that are named by number or by a part of their name.
pub fn classes(said: &[String], known: &[v1::ClassCoverage]) -> Result<Vec<i32>, Error> {
    let classes: Vec<&v1::DemandClass> = known.iter().flat_map(|c| &c.demand_class).collect();
    let mut numbers = BTreeSet::new();
    for said in said {
        let wanted = said.to_lowercase();
        let named = |c: &&&v1::DemandClass| {
            c.number.to_string() == wanted || c.display_name.to_lowercase().contains(&wanted)
        };
        let exact: Vec<i32> =
            classes.iter().filter(|c| c.number.to_string() == wanted).map(|c| c.number).collect();
        let found: Vec<i32> = classes.iter().filter(named).map(|c| c.number).collect();
        if found.is_empty() {
            let all: Vec<String> =
                classes.iter().map(|c| format!("{} {}", c.number, c.display_name)).collect();
            let all = if all.is_empty() { "none".to_owned() } else { all.join("; ") };
            return Err(Error::unusable(format!(
                "--class {said:?}: there is no such class; there are: {all}"
            )));
        }
        numbers.extend(if exact.is_empty() { found } else { exact });
    }
    Ok(numbers.into_iter().collect())
}

/// A share over 0 and below 1.
pub fn share(said: f64) -> Result<f64, Error> {
    match said > 0.0 && said < 1.0 {
        true => Ok(said),
        false => Err(Error::unusable(format!("--share {said}: say a share over 0 and below 1, such as 0.9"))),
    }
}

/// Targets of so many minutes.
pub fn targets(said: &[i64]) -> Result<Vec<prost_types::Duration>, Error> {
    let one = |minutes: &i64| match (5..=120).contains(minutes) {
        true => Ok(prost_types::Duration { seconds: minutes * 60, nanos: 0 }),
        false => Err(Error::unusable(format!("--targets {minutes}: say minutes in 5..120"))),
    };
    said.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        assert_eq!(hours("14").unwrap(), [14]);
        assert_eq!(hours("8..10").unwrap(), [8, 9, 10]);
        assert_eq!(hours("17, 8,8").unwrap(), [8, 17]);
        for wrong in ["", "24", "9..8", "x", "-1"] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn classes_go_by_number_or_by_name() {
        let class = |number, name: &str| v1::ClassCoverage {
            demand_class: Some(v1::DemandClass { number, display_name: name.into(), ..Default::default() }),
            ..Default::default()
        };
        let known = [class(0, "electrician"), class(1, "gas-fitter + electrician"), class(12, "refrigerant")];
        let said = |text: &str| classes(&[text.to_owned()], &known);
        assert_eq!(said("Electrician").unwrap(), [0, 1]);
        assert_eq!(said("1").unwrap(), [1], "a number is meant as one");
        assert!(matches!(said("plumber"), Err(Error::Unusable(text)) if text.contains("12 refrigerant")));
    }
}
