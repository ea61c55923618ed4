//! NotificationService: outside systems that are told what happens, at least once.

use crate::board::id::RegionId;
use crate::serve::front::Front;
use crate::serve::order::{Order, Wish};
use crate::serve::watch::{self, Pull, Stream};
use crate::wire::check::check;
use crate::wire::v1::*;
use crate::wire::{Failure, name};
use tonic::{Request, Response, Status};

impl Front {
    async fn subscriber(
        &self,
        (region, subscriber): (RegionId, String),
        wish: Wish,
    ) -> Result<Response<Subscriber>, Status> {
        let name = name::of_subscriber(&region, &subscriber);
        let seq = self.order(|answer| Order::Subscriber { region, subscriber, wish, answer }).await?;
        Ok(Response::new(told(name, seq)))
    }
}

fn told(name: String, seq: u64) -> Subscriber {
    Subscriber { name, acknowledged_sequence: i64::try_from(seq).unwrap_or(i64::MAX) }
}

fn named(name: &str) -> Result<(RegionId, String), Failure> {
    check(|at| {
        let (region, id) = name::anywhere(&at.field("name"), "subscribers", name)?;
        Some((region, id.to_owned()))
    })
}

#[tonic::async_trait]
impl notification_service_server::NotificationService for Front {
    type ReceiveNotificationsStream = Pull<Stream>;

    async fn create_subscriber(
        &self,
        request: Request<CreateSubscriberRequest>,
    ) -> Result<Response<Subscriber>, Status> {
        let request = request.into_inner();
        let new = check(|at| {
            let region = name::region(&at.field("parent"), &request.parent);
            let id = name::new_id(&at.field("subscriber_id"), &request.subscriber_id);
            Some((region?, id?.to_owned()))
        })?;
        self.subscriber(new, Wish::Create).await
    }

    async fn list_subscribers(
        &self,
        request: Request<ListSubscribersRequest>,
    ) -> Result<Response<ListSubscribersResponse>, Status> {
        let request = request.into_inner();
        let region = check(|at| name::region(&at.field("parent"), &request.parent))?;
        let shown = self.shown(&region)?;
        let shown = shown.read();
        let one = |(id, seq): (&String, &u64)| told(name::of_subscriber(&region, id), *seq);
        let subscribers = shown.subscribers.iter().map(one).collect();
        Ok(Response::new(ListSubscribersResponse { subscribers }))
    }

    async fn delete_subscriber(
        &self,
        request: Request<DeleteSubscriberRequest>,
    ) -> Result<Response<DeleteSubscriberResponse>, Status> {
        self.subscriber(named(&request.into_inner().name)?, Wish::Delete).await?;
        Ok(Response::new(DeleteSubscriberResponse {}))
    }

    async fn receive_notifications(
        &self,
        request: Request<ReceiveNotificationsRequest>,
    ) -> Result<Response<Self::ReceiveNotificationsStream>, Status> {
        watch::receive(self, request.into_inner()).await
    }

    async fn acknowledge_notifications(
        &self,
        request: Request<AcknowledgeNotificationsRequest>,
    ) -> Result<Response<Subscriber>, Status> {
        let request = request.into_inner();
        let subscriber = named(&request.name)?;
        let seq = check(|at| {
            let seq = u64::try_from(request.sequence).ok();
            seq.or_else(|| at.field("sequence").no("is negative"))
        })?;
        self.subscriber(subscriber, Wish::Acknowledge(seq)).await
    }
}
