//! What routes and jobs are counted by: capacity, parts, jobs.

use super::problem::Problem;

/// How many counted dimensions, where each job's needs begin, the needs, and what each technician has room for.
pub(crate) type Counted = (usize, Vec<u32>, Vec<(u32, i32)>, Vec<i32>);

/// Capacity, parts (where nothing can be picked up) and the most jobs a route may have are one thing: counts.
pub(crate) fn counted(p: &Problem, supply: bool) -> Counted {
    let loads =
        p.crew.iter().map(|t| t.capacity.len()).chain(p.jobs.iter().map(|j| j.load.len())).max().unwrap_or(0);
    let parts = if supply { 0 } else { part_count(p) };
    let most = usize::from(p.crew.iter().any(|t| t.most.is_some()));
    let dims = loads + parts + most;
    let (mut at, mut need) = (vec![0u32], Vec::new());
    for job in &p.jobs {
        let used = job.load.iter().chain(std::iter::repeat(&0)).take(loads);
        let parts = job.parts.iter().chain(std::iter::repeat(&0)).take(parts);
        for (d, q) in used.chain(parts).chain(std::iter::repeat_n(&1, most)).enumerate() {
            if *q > 0 {
                need.push((d as u32, *q));
            }
        }
        at.push(need.len() as u32);
    }
    let mut cap = Vec::with_capacity(p.crew.len() * dims);
    for t in &p.crew {
        cap.extend(t.capacity.iter().copied().chain(std::iter::repeat(i32::MAX)).take(loads));
        cap.extend(t.stock.iter().copied().chain(std::iter::repeat(0)).take(parts));
        cap.extend(std::iter::repeat_n(t.most.map_or(i32::MAX, |x| x as i32), most));
    }
    (dims, at, need, cap)
}

/// What jobs take of which part, and where each job's begin.
pub(crate) fn parts(p: &Problem) -> (Vec<u32>, Vec<(u32, i32)>) {
    let (mut at, mut parts) = (vec![0], Vec::new());
    for job in &p.jobs {
        parts.extend((0..).zip(job.parts.iter().copied()).filter(|(_, q)| *q > 0));
        at.push(parts.len() as u32);
    }
    (at, parts)
}

/// How many kinds of part the problem names.
fn part_count(p: &Problem) -> usize {
    p.crew.iter().map(|t| t.stock.len()).chain(p.jobs.iter().map(|j| j.parts.len())).max().unwrap_or(0)
}
