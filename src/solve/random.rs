//! Random numbers for the search: counter-based, the same on every machine.
//!
//! A stream is (seed, epoch, worker), so a worker's draws never depend on how many threads there are.
//! Logarithm and power are built from the four operations only: the platform's libm never decides a plan.

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of draws (SplitMix64: a counter, mixed).
#[derive(Clone, Debug)]
pub(crate) struct Random {
    counter: u64,
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    pub(crate) fn new(seed: u64, epoch: u64, worker: u64) -> Random {
        Random { counter: mix(mix(mix(seed ^ GAMMA) ^ epoch).wrapping_add(worker.wrapping_mul(GAMMA))) }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(GAMMA);
        mix(self.counter)
    }

    /// Uniform in `0..n`, by multiplication (bias below n / 2^32).
    #[inline]
    pub(crate) fn below(&mut self, n: usize) -> usize {
        debug_assert!(n > 0 && n < u32::MAX as usize);
        (((self.next() >> 32) * n as u64) >> 32) as usize
    }

    /// Uniform in [0, 1).
    #[inline]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// True with a chance of `p` in 65,536.
    #[inline]
    pub(crate) fn chance(&mut self, p: u32) -> bool {
        ((self.next() >> 48) as u32) < p
    }

    /// An exponential draw of mean 1: `-ln U`.
    pub(crate) fn exponential(&mut self) -> f64 {
        -ln(((self.next() >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64))
    }
}

/// Natural logarithm of a positive normal number, to about 1e-9.
pub(crate) fn ln(x: f64) -> f64 {
    debug_assert!(x > 0.0);
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) as i64) - 1023;
    let mut m = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        exponent += 1;
    }
    let z = (m - 1.0) / (m + 1.0);
    let q = z * z;
    let series = 1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q / 11.0))));
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * z * series
}

/// `e^x` for |x| below 700, to about 1e-9 relative.
pub(crate) fn exp(x: f64) -> f64 {
    let k = (x / std::f64::consts::LN_2).round();
    let r = x - k * std::f64::consts::LN_2;
    let series = 1.0
        + r * (1.0
            + r / 2.0
                * (1.0
                    + r / 3.0
                        * (1.0
                            + r / 4.0
                                * (1.0 + r / 5.0 * (1.0 + r / 6.0 * (1.0 + r / 7.0 * (1.0 + r / 8.0)))))));
    series * f64::from_bits(((k as i64 + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_power_agree_with_the_library() {
        for i in 1..2000 {
            let x = i as f64 * 0.0137;
            assert!((ln(x) - x.ln()).abs() < 1e-8, "ln {x}");
            let y = i as f64 * 0.02 - 20.0;
            assert!((exp(y) / y.exp() - 1.0).abs() < 1e-8, "exp {y}");
        }
    }

    #[test]
    fn draws_are_even_and_streams_differ() {
        let mut counts = [0u32; 10];
        let mut random = Random::new(1, 2, 3);
        for _ in 0..100_000 {
            counts[random.below(10)] += 1;
        }
        assert!(counts.iter().all(|c| (9_500..10_500).contains(c)), "{counts:?}");
        assert_ne!(Random::new(1, 2, 3).next(), Random::new(1, 3, 2).next());
    }
}
