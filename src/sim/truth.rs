//! What really happens, drawn by hash of (seed, entity, attribute): the same in every policy's day.

use crate::city::chance::Chance;
use crate::units::Span;

/// Even draws summed for a nearly normal one.
const SUMMED: usize = 12;

/// A standard normal draw of an attribute of an entity: twelve even draws less six. Sums differ between no machines.
pub fn normal(chance: Chance, entity: &str, attribute: &str) -> f64 {
    let draws = (0..SUMMED).map(|i| chance.unit(entity, &format!("{attribute}/{i}")));
    draws.sum::<f64>() - SUMMED as f64 / 2.0
}

/// A span whose law is lognormal with this mean and coefficient of variation; at least a second.
pub fn lognormal(chance: Chance, entity: &str, attribute: &str, mean: Span, cv: f64) -> Span {
    Span(((mean.0 as f64 * factor(chance, entity, attribute, cv)).round() as i64).max(1))
}

/// A factor whose law is lognormal with mean 1 and this coefficient of variation.
pub fn factor(chance: Chance, entity: &str, attribute: &str, cv: f64) -> f64 {
    let variance = (1.0 + cv * cv).ln();
    let z = normal(chance, entity, attribute);
    (z * variance.sqrt() - variance / 2.0).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_has_its_mean_and_spread() {
        let chance = Chance::new(3);
        let draws: Vec<f64> = (0..4000)
            .map(|i| lognormal(chance, &format!("j{i}"), "service", Span(3600), 0.5).0 as f64)
            .collect();
        let mean = draws.iter().sum::<f64>() / 4000.0;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!((mean / 3600.0 - 1.0).abs() < 0.03, "{mean}");
        assert!((variance.sqrt() / mean - 0.5).abs() < 0.04, "{}", variance.sqrt() / mean);
    }
}
