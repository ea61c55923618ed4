//! Resource names: `regions/{region}`, `regions/{region}/jobs/{job}` and so on, written and read.

use super::check::At;
use crate::board::catalog::EntryId;
use crate::board::id::{DeliveryId, DepotId, JobId, Location, RegionId, TechnicianId};

/// Longest id.
pub const ID_MOST: usize = 63;

/// Whether `id` is one: a letter or digit, then letters, digits and hyphens, up to 63.
pub fn is_id(id: &str) -> bool {
    let mut bytes = id.bytes();
    let head = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric());
    head && id.len() <= ID_MOST && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// An id that a caller wants to give; `letter` where it has to begin with one.
pub fn new_id<'m>(at: &At<'_>, id: &'m str) -> Option<&'m str> {
    match id {
        "" => at.no("has to be set"),
        id if is_id(id) && id.as_bytes()[0].is_ascii_alphabetic() => Some(id),
        _ => at.no("has to be a letter, then letters, digits and hyphens, at most 63"),
    }
}

/// `regions/{region}` of a `parent` or `name`.
pub fn region(at: &At<'_>, name: &str) -> Option<RegionId> {
    match name.strip_prefix("regions/") {
        Some(id) if is_id(id) => Some(id.into()),
        _ => at.no(shape(name, "regions/{region}")),
    }
}

/// The id of `regions/{region}/{collection}/{id}`, in the given region.
pub fn member<'m>(at: &At<'_>, region: &RegionId, collection: &str, name: &'m str) -> Option<&'m str> {
    let (of, id) = split(name, collection)
        .or_else(|| at.no(shape(name, &format!("regions/{{region}}/{collection}/{{id}}"))))?;
    if of != region.as_str() {
        return at.no(format!("belongs to another region than {}", self::of(region)));
    }
    Some(id)
}

/// Region and id of `regions/{region}/{collection}/{id}`.
pub fn anywhere<'m>(at: &At<'_>, collection: &str, name: &'m str) -> Option<(RegionId, &'m str)> {
    let (region, id) = split(name, collection)
        .or_else(|| at.no(shape(name, &format!("regions/{{region}}/{collection}/{{id}}"))))?;
    Some((region.into(), id))
}

/// Region, job and number of `regions/{region}/jobs/{job}/visits/{visit}`.
pub fn visit(at: &At<'_>, name: &str) -> Option<(RegionId, JobId, u32)> {
    let parts = numbered(name, "jobs", "/visits/").map(|(region, job, visit)| (region, job.into(), visit));
    parts.or_else(|| at.no(shape(name, "regions/{region}/jobs/{job}/visits/{visit}")))
}

/// Region, technician and number of `regions/{region}/technicians/{technician}/moves/{move}`.
pub fn moved(at: &At<'_>, name: &str) -> Option<(RegionId, TechnicianId, u32)> {
    let parts = numbered(name, "technicians", "/moves/");
    let parts = parts.map(|(region, technician, number)| (region, technician.into(), number));
    parts.or_else(|| at.no(shape(name, "regions/{region}/technicians/{technician}/moves/{move}")))
}

/// A stock location: a depot or a technician's van.
pub fn location(at: &At<'_>, region: &RegionId, name: &str) -> Option<Location> {
    let shape_said = "regions/{region}/depots/{depot} or regions/{region}/technicians/{technician}";
    if split(name, "depots").is_some() {
        return member(at, region, "depots", name).map(|id| Location::Depot(id.into()));
    }
    if split(name, "technicians").is_some() {
        return member(at, region, "technicians", name).map(|id| Location::Van(id.into()));
    }
    at.no(shape(name, shape_said))
}

/// Region and entry of a catalogue name.
pub fn entry(at: &At<'_>, name: &str) -> Option<(RegionId, EntryId)> {
    let said = "regions/{region}/{collection}/{id} with the collection certificationKinds, parts, kits, \
                applianceFamilies, faults or serviceLevels";
    read_entry(name).or_else(|| at.no(shape(name, said)))
}

/// The entry that a name stands for, whatever the region; `None` where it is no name.
pub fn entry_of(name: &str) -> Option<EntryId> {
    read_entry(name).map(|(_, id)| id)
}

fn read_entry(name: &str) -> Option<(RegionId, EntryId)> {
    COLLECTIONS
        .iter()
        .find_map(|(collection, make)| split(name, collection).map(|(region, id)| (region.into(), make(id))))
}

type Make = fn(&str) -> EntryId;

const COLLECTIONS: [(&str, Make); 6] = [
    ("certificationKinds", |id| EntryId::CertificationKind(id.into())),
    ("parts", |id| EntryId::Part(id.into())),
    ("kits", |id| EntryId::Kit(id.into())),
    ("applianceFamilies", |id| EntryId::Family(id.into())),
    ("faults", |id| EntryId::Fault(id.into())),
    ("serviceLevels", |id| EntryId::Level(id.into())),
];

/// Region, id and number of a thing that counts what belongs to it.
fn numbered<'m>(name: &'m str, collection: &str, of: &str) -> Option<(RegionId, &'m str, u32)> {
    let (owner, number) = name.rsplit_once(of)?;
    let (region, id) = split(owner, collection)?;
    let plain = !number.starts_with('+') && !number.starts_with('0');
    Some((region.into(), id, number.parse().ok().filter(|_| plain)?))
}

fn split<'m>(name: &'m str, collection: &str) -> Option<(&'m str, &'m str)> {
    let (region, rest) = name.strip_prefix("regions/")?.split_once('/')?;
    let id = rest.strip_prefix(collection)?.strip_prefix('/')?;
    (is_id(region) && is_id(id)).then_some((region, id))
}

fn shape(name: &str, shape: &str) -> String {
    if name.is_empty() { "has to be set".into() } else { format!("has to look like {shape}") }
}

/// `regions/{region}`.
pub fn of(region: &RegionId) -> String {
    format!("regions/{region}")
}

/// `regions/{region}/jobs/{job}`.
pub fn of_job(region: &RegionId, job: &JobId) -> String {
    format!("regions/{region}/jobs/{job}")
}

/// `regions/{region}/jobs/{job}/visits/{visit}`.
pub fn of_visit(region: &RegionId, job: &JobId, visit: u32) -> String {
    format!("regions/{region}/jobs/{job}/visits/{visit}")
}

/// `regions/{region}/technicians/{technician}`.
pub fn of_technician(region: &RegionId, technician: &TechnicianId) -> String {
    format!("regions/{region}/technicians/{technician}")
}

/// `regions/{region}/technicians/{technician}/moves/{move}`.
pub fn of_move(region: &RegionId, technician: &TechnicianId, number: u32) -> String {
    format!("regions/{region}/technicians/{technician}/moves/{number}")
}

/// `regions/{region}/depots/{depot}`.
pub fn of_depot(region: &RegionId, depot: &DepotId) -> String {
    format!("regions/{region}/depots/{depot}")
}

/// `regions/{region}/subscribers/{subscriber}`.
pub fn of_subscriber(region: &RegionId, subscriber: &str) -> String {
    format!("regions/{region}/subscribers/{subscriber}")
}

/// `regions/{region}/deliveries/{delivery}`.
pub fn of_delivery(region: &RegionId, delivery: &DeliveryId) -> String {
    format!("regions/{region}/deliveries/{delivery}")
}

/// The name of a stock location.
pub fn of_location(region: &RegionId, location: &Location) -> String {
    match location {
        Location::Van(technician) => of_technician(region, technician),
        Location::Depot(depot) => of_depot(region, depot),
    }
}

/// The name of a catalogue entry.
pub fn of_entry(region: &RegionId, id: &EntryId) -> String {
    let (collection, id): (&str, &str) = match id {
        EntryId::CertificationKind(id) => ("certificationKinds", id.as_str()),
        EntryId::Part(id) => ("parts", id.as_str()),
        EntryId::Kit(id) => ("kits", id.as_str()),
        EntryId::Family(id) => ("applianceFamilies", id.as_str()),
        EntryId::Fault(id) => ("faults", id.as_str()),
        EntryId::Level(id) => ("serviceLevels", id.as_str()),
    };
    format!("regions/{region}/{collection}/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::check::check;

    #[test]
    fn names_are_read_as_they_are_written() {
        let region: RegionId = "milan".into();
        for (_, make) in COLLECTIONS {
            let id = make("x-1");
            let read = check(|at| entry(at, &of_entry(&region, &id))).expect("a name");
            assert_eq!(read, (region.clone(), id));
        }
        let job: JobId = "7".into();
        let read = check(|at| visit(at, &of_visit(&region, &job, 12))).expect("a name");
        assert_eq!(read, (region.clone(), job, 12));
        let technician: TechnicianId = "t7".into();
        let read = check(|at| moved(at, &of_move(&region, &technician, 3))).expect("a name");
        assert_eq!(read, (region, technician, 3));
    }

    #[test]
    fn rubbish_is_no_name() {
        for name in
            ["", "regions/", "regions/a b", "region/a", "regions/a/jobs/", "regions/a/jobs/b/visits/+1"]
        {
            assert!(check(|at| visit(at, name)).is_err(), "{name}");
            assert!(check(|at| super::region(at, name)).is_err(), "{name}");
        }
    }
}
