//! Rates of demand as a planner gives them.

use crate::board::Board;
use crate::board::calls::{Given, GivenRate};
use crate::board::event::Event;
use crate::board::refusal::{Refusal, Violation};

/// Most rows.
const MOST: usize = 10_000;

impl Board {
    /// Every row has to name what there is, and some rate.
    pub(super) fn give_demand(&self, given: Option<&Given>) -> Result<Vec<Event>, Refusal> {
        let rows = given.map_or(&[][..], |g| &g.rates);
        let mut wrong: Vec<Violation> =
            rows.iter().enumerate().flat_map(|(at, row)| self.wrong(at, row)).collect();
        let mut refuse = |what: &str| {
            wrong.push(Violation { field: "rates".into(), description: what.into() });
        };
        if rows.len() > MOST {
            refuse("has more than 10,000 rows: give cells of one kind together");
        }
        if given.is_some() && rows.is_empty() {
            refuse("has to have some row; leave demand out for it to be learned");
        }
        if wrong.is_empty() {
            Ok(vec![Event::DemandGiven(given.cloned())])
        } else {
            Err(Refusal::Invalid(wrong))
        }
    }

    fn wrong(&self, at: usize, row: &GivenRate) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut check = |field: &str, fine: bool, description: String| {
            if !fine {
                wrong.push(Violation { field: format!("rates[{at}].{field}"), description });
            }
        };
        let (kind, catalog) = (&row.kind, &self.catalog);
        let known = catalog.levels.contains_key(&kind.level);
        check("service_level", known, format!("there is no service level {:?}", kind.level.as_str()));
        for r in &kind.requirements {
            let most = catalog.certification_kinds.get(&r.kind).map_or(0, |k| k.max_level);
            let fine = (1..=most).contains(&r.min_level);
            check(
                "required_certifications",
                fine,
                format!("there is no {:?} of level {}", r.kind.as_str(), r.min_level),
            );
        }
        for part in &kind.kit {
            check("parts", catalog.parts.contains_key(part), format!("there is no part {:?}", part.as_str()));
        }
        let some = row.milli.iter().flatten().any(|m| *m > 0);
        check("weekday_calls", some, "has to have some rate over 0".into());
        wrong
    }
}
