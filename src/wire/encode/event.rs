//! Events of the journal, as three people may see them: dispatcher, technician, customer.
//!
//! Every match names every event: a new one does not compile until it is said who may see what of it.

use super::subject::subjects;
use super::{booking, decision, fleet, job, region, stock, time, window};
use crate::board::Event;
use crate::board::calls::{Given, GivenRate};
use crate::board::catalog::EntryId;
use crate::board::fleet::{Errand, Window};
use crate::board::id::{JobId, Location, RegionId, TechnicianId};
use crate::board::job::{Commitment, Visit};
use crate::board::offer::OfferEnding;
use crate::wire::{name, v1};
use v1::event::Fact;

/// The kind of an event, to filter by.
pub fn kind(event: &Event) -> v1::EventKind {
    match event {
        Event::RegionSet(_) => v1::EventKind::RegionSet,
        Event::EntrySet(_) => v1::EventKind::EntrySet,
        Event::EntryRemoved(_) => v1::EventKind::EntryRemoved,
        Event::TechnicianSet(_) => v1::EventKind::TechnicianSet,
        Event::TechnicianRemoved(_) => v1::EventKind::TechnicianRemoved,
        Event::DepotSet(_) => v1::EventKind::DepotSet,
        Event::StockAdjusted { .. } => v1::EventKind::StockAdjusted,
        Event::JobCreated(_) => v1::EventKind::JobCreated,
        Event::JobCorrected { .. } => v1::EventKind::JobCorrected,
        Event::JobCancelled { .. } => v1::EventKind::JobCancelled,
        Event::CustomerSet { .. } => v1::EventKind::CustomerSet,
        Event::RouteSet { .. } => v1::EventKind::RouteSet,
        Event::VisitPlanned { .. } => v1::EventKind::VisitPlanned,
        Event::VisitWithdrawn { .. } => v1::EventKind::VisitWithdrawn,
        Event::Decided { .. } => v1::EventKind::JobDecided,
        Event::WhereaboutsSet { .. } => v1::EventKind::WhereaboutsSet,
        Event::VisitProgressed { .. } => v1::EventKind::VisitProgressed,
        Event::PartsPickedUp { .. } => v1::EventKind::PartsPickedUp,
        Event::VisitEnded { .. } => v1::EventKind::VisitEnded,
        Event::CommitmentSet { .. } => v1::EventKind::CommitmentSet,
        Event::VisitsMoved { .. } => v1::EventKind::VisitsMoved,
        Event::PricesSet(_) => v1::EventKind::PricesSet,
        Event::DemandGiven(_) => v1::EventKind::DemandGiven,
        Event::PromiseSet { .. } => v1::EventKind::PromiseSet,
        Event::ClockSet { .. } => v1::EventKind::ClockSet,
        Event::Escalated { .. } => v1::EventKind::Escalated,
        Event::SolutionFiled { .. } => v1::EventKind::SolutionFiled,
        Event::StockTransferred { .. } => v1::EventKind::StockTransferred,
        Event::DeliverySet(_) => v1::EventKind::DeliverySet,
        Event::DeliveryArrived { .. } => v1::EventKind::DeliveryArrived,
        Event::DeliveryCancelled { .. } => v1::EventKind::DeliveryCancelled,
        Event::PartRecalled { .. } => v1::EventKind::PartRecalled,
        Event::JobSetAside { .. } => v1::EventKind::JobSetAside,
        Event::OfferMade { .. } => v1::EventKind::OfferMade,
        Event::OfferEnded { .. } => v1::EventKind::OfferEnded,
        Event::LeftAlone { .. } => v1::EventKind::LeftAlone,
        Event::JobRetried { .. } => v1::EventKind::JobRetried,
        Event::WindowNarrowed { .. } => v1::EventKind::WindowNarrowed,
        Event::VisitDiverted { .. } => v1::EventKind::VisitDiverted,
        Event::WorkTimed(_) => v1::EventKind::WorkTimed,
        Event::MoveProposed { .. } => v1::EventKind::MoveProposed,
        Event::MoveAccepted { .. } => v1::EventKind::MoveAccepted,
        Event::MoveEnded { .. } => v1::EventKind::MoveEnded,
        Event::MovesSought { .. } => v1::EventKind::MovesSought,
    }
}

/// All of an event that is not personal: what a dispatcher sees.
#[allow(clippy::too_many_lines, reason = "one arm an event")]
pub fn for_dispatcher(at: &RegionId, event: &Event) -> v1::Event {
    let of_job = |job: &JobId| name::of_job(at, job);
    let fact = match event {
        Event::RegionSet(r) => Fact::RegionSet(region::facts(r)),
        Event::EntrySet(entry) => Fact::EntrySet(super::catalog::entry(at, entry)),
        Event::EntryRemoved(id) => Fact::EntryRemoved(name::of_entry(at, id)),
        Event::TechnicianSet(t) => Fact::TechnicianSet(fleet::facts(at, t)),
        Event::TechnicianRemoved(id) => Fact::TechnicianRemoved(name::of_technician(at, id)),
        Event::DepotSet(depot) => Fact::DepotSet(stock::facts(at, depot)),
        Event::StockAdjusted { lines, reason } => Fact::StockAdjusted(v1::StockAdjusted {
            adjustments: lines.iter().map(|l| stock::adjustment(at, l)).collect(),
            reason: reason.clone(),
        }),
        Event::JobCreated(job) => Fact::JobCreated(job::facts(at, job)),
        Event::JobCorrected { job, order_number, need, demand } => Fact::JobCorrected(v1::JobCorrected {
            job: of_job(job),
            order_number: order_number.clone().unwrap_or_default(),
            need: Some(job::need(at, need)),
            demand: Some(job::demand(at, demand)),
        }),
        Event::JobCancelled { job, reason } => {
            Fact::JobCancelled(v1::JobCancelled { job: of_job(job), reason: reason.clone() })
        }
        Event::CustomerSet { job, .. } => Fact::CustomerSet(of_job(job)),
        Event::RouteSet { technician, shift, route } => Fact::RouteSet(v1::RouteSet {
            technician: name::of_technician(at, technician),
            shift_start: Some(time(*shift)),
            route: route.as_ref().map(|r| fleet::planned(at, technician, r)),
        }),
        Event::VisitPlanned { job, visit } => Fact::VisitPlanned(planned(at, job, visit)),
        Event::VisitsMoved { visits } => {
            let visits = visits.iter().map(|(job, visit)| planned(at, job, visit)).collect();
            Fact::VisitsMoved(v1::VisitsMoved { visits })
        }
        Event::WhereaboutsSet { technician, whereabouts } => Fact::WhereaboutsSet(v1::WhereaboutsSet {
            technician: name::of_technician(at, technician),
            shift_start: whereabouts.as_ref().map(|w| time(w.shift)),
            place: whereabouts.as_ref().map(|w| super::place(w.place)),
            free_time: whereabouts.as_ref().map(|w| time(w.free)),
            heard_time: whereabouts.as_ref().map(|w| time(w.heard)),
        }),
        Event::VisitProgressed { job, actual } => Fact::VisitProgressed(v1::VisitProgressed {
            job: of_job(job),
            depart_time: actual.departed.map(time),
            arrive_time: actual.arrived.map(time),
            start_time: actual.started.map(time),
        }),
        Event::PartsPickedUp { job, depot } => {
            Fact::PartsPickedUp(v1::PartsPickedUp { job: of_job(job), depot: name::of_depot(at, depot) })
        }
        Event::VisitEnded { job, past } => {
            let past_visit = Some(job::past(at, job, past));
            Fact::VisitEnded(v1::VisitEnded { job: of_job(job), past_visit })
        }
        Event::PricesSet(list) => Fact::PricesSet(booking::prices(at, list)),
        Event::DemandGiven(given) => Fact::DemandGiven(demand(at, given.as_ref())),
        Event::StockTransferred { from, to, parts } => Fact::StockTransferred(v1::StockTransferred {
            from: name::of_location(at, from),
            to: name::of_location(at, to),
            parts: job::parts(at, parts),
        }),
        Event::DeliverySet(d) => Fact::DeliverySet(v1::DeliverySet {
            delivery: name::of_delivery(at, &d.id),
            to: name::of_location(at, &d.to),
            parts: job::parts(at, &d.parts),
            arrive_time: Some(time(d.arrives)),
        }),
        Event::DeliveryArrived { delivery } => Fact::DeliveryArrived(name::of_delivery(at, delivery)),
        Event::DeliveryCancelled { delivery } => Fact::DeliveryCancelled(name::of_delivery(at, delivery)),
        Event::PartRecalled { part } => Fact::PartRecalled(format!("regions/{at}/parts/{part}")),
        Event::JobSetAside { job, reason } => {
            Fact::JobSetAside(v1::JobSetAside { job: of_job(job), reason: reason.clone() })
        }
        Event::OfferMade { job, offer } => Fact::OfferMade(v1::OfferMade {
            job: of_job(job),
            visit: name::of_visit(at, job, offer.visit),
            technician: name::of_technician(at, &offer.technician),
            expire_time: Some(time(offer.expires)),
        }),
        Event::OfferEnded { job, ending } => Fact::OfferEnded(offer_ended(of_job(job), ending)),
        Event::LeftAlone { job, technician, until } => Fact::LeftAlone(v1::LeftAlone {
            technician: name::of_technician(at, technician),
            job: job.as_ref().map(of_job).unwrap_or_default(),
            until_time: Some(time(*until)),
        }),
        Event::JobRetried { job } => Fact::JobRetried(of_job(job)),
        Event::VisitDiverted { job, to, technician } => Fact::VisitDiverted(v1::VisitDiverted {
            job: of_job(job),
            emergency_job: of_job(to),
            technician: name::of_technician(at, technician),
        }),
        Event::WindowNarrowed { job, window: part } => {
            Fact::WindowNarrowed(v1::WindowNarrowed { job: of_job(job), window: Some(window(*part)) })
        }
        Event::MoveProposed { technician, proposed } => {
            Fact::MoveProposed(super::moves::open(at, technician, proposed))
        }
        Event::MoveAccepted { technician, number, arrives, until } => Fact::MoveAccepted(v1::MoveAccepted {
            r#move: name::of_move(at, technician, *number),
            arrive_time: Some(time(*arrives)),
            until_time: Some(time(*until)),
        }),
        Event::MoveEnded { technician, number, ending, rests } => {
            let (state, reason) = super::moves::ending(ending);
            Fact::MoveEnded(v1::MoveEnded {
                r#move: name::of_move(at, technician, *number),
                state: state.into(),
                reason,
                rest_until_time: rests.map(time),
            })
        }
        Event::MovesSought { next } => Fact::MovesSought(time(*next)),
        Event::WorkTimed(timed) => Fact::WorkTimed(v1::WorkTimed {
            technician: name::of_technician(at, &timed.technician),
            expected: Some(super::span(timed.expected)),
            took: Some(super::span(timed.took)),
        }),
        Event::PromiseSet { job, promise, .. } => Fact::PromiseSet(v1::PromiseSet {
            job: of_job(job),
            promise: promise.as_ref().map(|p| booking::promise(at, p)),
        }),
        Event::ClockSet { job, clock } => {
            Fact::ClockSet(v1::ClockSet { job: of_job(job), clock: Some(booking::clock(clock)) })
        }
        Event::Escalated { job, escalation } => Fact::Escalated(booking::escalation(at, job, escalation)),
        Event::SolutionFiled { job, solution, closes } => {
            let solution = Some(booking::solution(solution));
            Fact::SolutionFiled(v1::SolutionFiled { job: of_job(job), solution, closes: *closes })
        }
        Event::CommitmentSet { job, commitment } => {
            let commitment = job::commitment(*commitment).into();
            Fact::CommitmentSet(v1::CommitmentSet { job: of_job(job), commitment })
        }
        Event::VisitWithdrawn { job } => Fact::VisitWithdrawn(of_job(job)),
        Event::Decided { job, decision } => {
            let decision = Some(decision::decision(at, decision));
            Fact::JobDecided(v1::JobDecided { job: of_job(job), decision })
        }
    };
    v1::Event { fact: Some(fact) }
}

fn offer_ended(job: String, ending: &OfferEnding) -> v1::OfferEnded {
    let (state, reason) = match ending {
        OfferEnding::Accepted => (v1::OfferState::Accepted, String::new()),
        OfferEnding::Declined(why) => (v1::OfferState::Declined, why.clone()),
        OfferEnding::TimedOut => (v1::OfferState::TimedOut, String::new()),
        OfferEnding::Withdrawn => (v1::OfferState::Withdrawn, String::new()),
    };
    v1::OfferEnded { job, state: state.into(), reason }
}

fn planned(at: &RegionId, job: &JobId, visit: &Visit) -> v1::VisitPlanned {
    v1::VisitPlanned {
        job: name::of_job(at, job),
        visit: name::of_visit(at, job, visit.number),
        technician: name::of_technician(at, &visit.technician),
        shift_start: Some(time(visit.shift)),
        commitment: job::commitment(visit.commitment).into(),
        part_sources: visit.sources.iter().map(|s| decision::source(at, s)).collect(),
    }
}

/// What a technician sees: the own entry, routes, van and visits.
pub fn for_technician(at: &RegionId, own: &TechnicianId, event: &Event) -> Option<v1::Event> {
    match event {
        Event::TechnicianSet(_)
        | Event::TechnicianRemoved(_)
        | Event::RouteSet { .. }
        | Event::WhereaboutsSet { .. }
        | Event::VisitEnded { .. }
        | Event::StockTransferred { .. }
        | Event::DeliverySet(_)
        | Event::OfferMade { .. }
        | Event::MoveProposed { .. }
        | Event::MoveAccepted { .. }
        | Event::MoveEnded { .. }
        | Event::VisitDiverted { .. }
        | Event::VisitPlanned { .. } => {
            subjects(event).technicians.contains(&own).then(|| for_dispatcher(at, event))
        }
        Event::StockAdjusted { lines, reason } => {
            let own = lines.iter().filter(|l| l.location == Location::Van(own.clone()));
            let adjustments: Vec<_> = own.map(|l| stock::adjustment(at, l)).collect();
            let told = !adjustments.is_empty();
            let fact = Fact::StockAdjusted(v1::StockAdjusted { adjustments, reason: reason.clone() });
            told.then_some(v1::Event { fact: Some(fact) })
        }
        Event::VisitsMoved { visits } => {
            let own: Vec<_> = visits.iter().filter(|(_, v)| v.technician == *own).collect();
            let visits: Vec<_> = own.iter().map(|(job, visit)| planned(at, job, visit)).collect();
            let told = !visits.is_empty();
            told.then_some(v1::Event { fact: Some(Fact::VisitsMoved(v1::VisitsMoved { visits })) })
        }
        Event::RegionSet(_)
        | Event::VisitProgressed { .. }
        | Event::PartsPickedUp { .. }
        | Event::CommitmentSet { .. }
        | Event::PricesSet(_)
        | Event::DemandGiven(_)
        | Event::PromiseSet { .. }
        | Event::ClockSet { .. }
        | Event::Escalated { .. }
        | Event::SolutionFiled { .. }
        | Event::DeliveryArrived { .. }
        | Event::DeliveryCancelled { .. }
        | Event::PartRecalled { .. }
        | Event::JobSetAside { .. }
        | Event::OfferEnded { .. }
        | Event::LeftAlone { .. }
        | Event::JobRetried { .. }
        | Event::WindowNarrowed { .. }
        | Event::MovesSought { .. }
        | Event::WorkTimed(_)
        | Event::EntrySet(_)
        | Event::EntryRemoved(_)
        | Event::DepotSet(_)
        | Event::JobCreated(_)
        | Event::JobCorrected { .. }
        | Event::JobCancelled { .. }
        | Event::CustomerSet { .. }
        | Event::VisitWithdrawn { .. }
        | Event::Decided { .. } => None,
    }
}

/// What a customer sees of the own job: no other job, and no technician who is not on the way to it.
#[allow(clippy::too_many_lines, reason = "one arm an event")]
pub fn for_customer(at: &RegionId, own: &JobId, event: &Event) -> Option<v1::Event> {
    let fact = match event {
        Event::RouteSet { route, .. } => {
            let (_, stop) = route.as_ref()?.stop_of(own)?;
            debug_assert!(matches!(stop.errand, Errand::Visit(_)));
            Fact::VisitTimed(v1::VisitTimed {
                job: name::of_job(at, own),
                window: Some(window(Window { start: stop.arrive, end: stop.end })),
                start_time: Some(time(stop.start)),
            })
        }
        _ if !subjects(event).jobs.contains(&own) => return None,
        Event::JobCreated(_) | Event::JobCorrected { .. } => {
            let mut fact = for_dispatcher(at, event).fact?;
            let need = match &mut fact {
                Fact::JobCreated(job) => job.need.as_mut(),
                Fact::JobCorrected(job) => job.need.as_mut(),
                _ => None,
            };
            need.into_iter().for_each(|n| n.excluded_technicians.clear());
            fact
        }
        Event::VisitPlanned { visit, .. } => {
            let mut fact = for_dispatcher(at, event).fact?;
            if let Fact::VisitPlanned(planned) = &mut fact {
                planned.part_sources.clear();
                if visit.commitment < Commitment::EnRoute {
                    planned.technician.clear();
                }
            }
            fact
        }
        Event::JobCancelled { .. }
        | Event::VisitWithdrawn { .. }
        | Event::VisitProgressed { .. }
        | Event::CommitmentSet { .. }
        | Event::PromiseSet { .. }
        | Event::WindowNarrowed { .. }
        | Event::SolutionFiled { .. } => for_dispatcher(at, event).fact?,
        // how well the service keeps its clocks is its own business
        Event::ClockSet { .. } | Event::Escalated { .. } => return None,
        // so is who is asked, and who would not
        Event::JobSetAside { .. }
        | Event::JobRetried { .. }
        // names another customer's job; that the technician turned round is told with the visit
        | Event::VisitDiverted { .. }
        | Event::OfferMade { .. }
        | Event::OfferEnded { .. }
        | Event::LeftAlone { .. }
        | Event::MoveProposed { .. }
        | Event::MoveAccepted { .. }
        | Event::MoveEnded { .. }
        | Event::MovesSought { .. }
        | Event::WorkTimed(_)
        | Event::StockTransferred { .. }
        | Event::DeliverySet(_)
        | Event::DeliveryArrived { .. }
        | Event::DeliveryCancelled { .. }
        | Event::PartRecalled { .. } => return None,
        Event::VisitEnded { .. } => {
            let mut fact = for_dispatcher(at, event).fact?;
            if let Fact::VisitEnded(v1::VisitEnded { past_visit: Some(past), .. }) = &mut fact {
                past.used_parts.clear();
                past.note.clear();
            }
            fact
        }
        // the times come with the route; who comes is told once on the way
        Event::VisitsMoved { .. } | Event::PartsPickedUp { .. } => return None,
        // names technicians, or says nothing to who is it
        Event::CustomerSet { .. } | Event::Decided { .. } => return None,
        Event::RegionSet(_)
        | Event::EntrySet(_)
        | Event::EntryRemoved(_)
        | Event::TechnicianSet(_)
        | Event::TechnicianRemoved(_)
        | Event::WhereaboutsSet { .. }
        | Event::PricesSet(_)
        | Event::DemandGiven(_)
        | Event::DepotSet(_)
        | Event::StockAdjusted { .. } => return None,
    };
    Some(v1::Event { fact: Some(fact) })
}

/// Rates of demand; none where they are learned again.
pub fn demand(at: &RegionId, given: Option<&Given>) -> v1::DemandGiven {
    let rate = |rate: &GivenRate| {
        let by_hour = |milli: &[u32; 24]| milli.iter().map(|m| f64::from(*m) / 1000.0).collect();
        v1::DemandRate {
            service_level: name::of_entry(at, &EntryId::Level(rate.kind.level.clone())),
            required_certifications: job::requirements(at, &rate.kind.requirements),
            parts: rate
                .kind
                .kit
                .iter()
                .map(|part| name::of_entry(at, &EntryId::Part(part.clone())))
                .collect(),
            cells: rate.cells.iter().map(ToString::to_string).collect(),
            weekday_calls: by_hour(&rate.milli[0]),
            weekend_calls: by_hour(&rate.milli[1]),
        }
    };
    v1::DemandGiven { rates: given.into_iter().flat_map(|g| &g.rates).map(rate).collect() }
}
