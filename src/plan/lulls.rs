//! When technicians may have nothing to do, so that few shifts are looked at to tell who has nothing to do now.

use super::gap::Gap;

/// When the technician of a shift may have nothing to do: a bit for each part of so many seconds, a power of two, from
/// the start of the shift; the last speaks for all that comes after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lulls {
    start: u32,
    /// Seconds of a part, as the power of two.
    part: u32,
    bits: u64,
}

impl Lulls {
    /// Of a shift between two instants.
    pub fn of(start: u32, end: u32, gaps: &[Gap]) -> Lulls {
        let part = (end.saturating_sub(start) / 64).max(1).next_power_of_two().trailing_zeros();
        let mut lulls = Lulls { start, part, bits: 0 };
        for gap in gaps.iter().filter(|gap| gap.closes > gap.ready.max(start)) {
            let [first, last] = [gap.ready.max(start), gap.closes - 1].map(|at| lulls.part_of(at));
            lulls.bits |= (u64::MAX << first) & (u64::MAX >> (63 - last));
        }
        lulls
    }

    fn part_of(self, at: u32) -> u32 {
        ((at - self.start) >> self.part).min(63)
    }

    /// Whether now is one of these times; where it is not, there is something to do.
    pub fn holds(self, now: u32) -> bool {
        self.start <= now && self.bits >> self.part_of(now) & 1 > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every second at which a gap is open and nothing is to be done is a lull; long before, between and after is none.
    #[test]
    fn lulls_cover_gaps() {
        let gap = |ready, closes| Gap { ready, closes, ..Gap::default() };
        let start = 1_800_000_000;
        let gaps =
            [gap(start, start + 60), gap(start + 9_000, start + 9_000), gap(start + 20_000, start + 20_001)];
        let lulls = Lulls::of(start, start + 36_000, &gaps);
        for now in start - 2_000..start + 90_000 {
            let open = gaps.iter().any(|gap| gap.ready <= now && now < gap.closes);
            assert!(lulls.holds(now) || !open, "{}", now - start);
        }
        for after in [5_000, 9_000, 15_000, 30_000, 90_000] {
            assert!(!lulls.holds(start + after), "{after}");
        }
        assert!(!lulls.holds(start - 1));
        let open_end = Lulls::of(start, start + 36_000, &[gap(start + 36_000, u32::MAX)]);
        assert!(open_end.holds(start + 50_000) && open_end.holds(u32::MAX) && !open_end.holds(start));
    }
}
