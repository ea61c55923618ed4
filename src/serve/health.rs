//! What `grpc.health.v1` says: SERVING as long as writes can reach the disk and the server is not going down.

use super::rpc;
use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Where the threads say whether the journal can be written.
#[derive(Clone, Debug)]
pub struct Health(watch::Sender<bool>);

impl Default for Health {
    fn default() -> Health {
        Health(watch::channel(true).0)
    }
}

impl Health {
    /// Says whether the journal can be written.
    pub fn journal(&self, writable: bool) {
        self.0.send_if_modified(|was| std::mem::replace(was, writable) != writable);
    }

    /// Tells the reporter, which says SERVING so far, of every change until the server is told to stop.
    pub async fn report(self, reporter: HealthReporter, mut stop: watch::Receiver<bool>) {
        let mut journal = self.0.subscribe();
        let mut said = true;
        loop {
            let stopping = *stop.borrow_and_update();
            let serving = *journal.borrow_and_update() && !stopping;
            if std::mem::replace(&mut said, serving) != serving {
                tell(&reporter, serving).await;
            }
            if stopping {
                return;
            }
            tokio::select! { _ = journal.changed() => {}, _ = stop.changed() => {} }
        }
    }
}

/// Sets the status of every service and of the server.
pub async fn tell(reporter: &HealthReporter, serving: bool) {
    let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
    for service in std::iter::once("").chain(rpc::SERVICES) {
        reporter.set_service_status(service, status).await;
    }
}
