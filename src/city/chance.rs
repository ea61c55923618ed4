//! Chance without a stream: every draw is a hash of (seed, entity, attribute).
//!
//! Adding a technician or asking a question twice changes no other draw, so two worlds with one seed can be
//! compared job by job. Never draws from a shared generator, never reads a clock.

/// Where all draws of one world come from.
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The draws of a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(mix(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// 64 even bits for an attribute of an entity.
    pub fn draw(self, entity: &str, attribute: &str) -> u64 {
        let word = |hash: u64, text: &str| text.bytes().fold(hash, |h, b| mix(h ^ u64::from(b)));
        mix(word(word(self.0, entity) ^ 0xff, attribute))
    }

    /// Even in [0, 1).
    pub fn unit(self, entity: &str, attribute: &str) -> f64 {
        (self.draw(entity, attribute) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Even in 0..below.
    ///
    /// # Panics
    /// Where there is nothing to choose from.
    pub fn below(self, entity: &str, attribute: &str, below: usize) -> usize {
        assert!(below > 0, "a choice among nothing");
        ((u128::from(self.draw(entity, attribute)) * below as u128) >> 64) as usize
    }

    /// Whole seconds, even in from..to.
    pub fn between(self, entity: &str, attribute: &str, from: i64, to: i64) -> i64 {
        from + self.below(entity, attribute, (to - from).max(1) as usize) as i64
    }

    /// True with the given odds.
    pub fn hits(self, entity: &str, attribute: &str, odds: f64) -> bool {
        self.unit(entity, attribute) < odds
    }

    /// One of a list.
    pub fn pick<'a, T>(self, entity: &str, attribute: &str, list: &'a [T]) -> &'a T {
        &list[self.below(entity, attribute, list.len())]
    }

    /// One of a list, by weight.
    pub fn weigh<T>(self, entity: &str, attribute: &str, list: &[T], weight: impl Fn(&T) -> f64) -> usize {
        let total: f64 = list.iter().map(&weight).sum();
        let mut left = self.unit(entity, attribute) * total;
        for (at, item) in list.iter().enumerate() {
            left -= weight(item);
            if left < 0.0 {
                return at;
            }
        }
        list.len() - 1
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_depend_on_all_three() {
        let chance = Chance::new(7);
        let mean = (0..4000).map(|i| chance.unit(&format!("job-{i}"), "kind")).sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.02, "mean {mean}");
        let a = chance.draw("job-1", "kind");
        assert_eq!(a, Chance::new(7).draw("job-1", "kind"));
        for other in [
            chance.draw("job-1", "place"),
            chance.draw("job-2", "kind"),
            Chance::new(8).draw("job-1", "kind"),
        ] {
            assert_ne!(a, other);
        }
    }

    #[test]
    fn weights_are_kept() {
        let chance = Chance::new(1);
        let twos = (0..3000).filter(|i| chance.weigh(&i.to_string(), "x", &[1.0, 3.0], |w| *w) == 1).count();
        assert!((2100..2400).contains(&twos), "{twos} of 3000");
    }
}
